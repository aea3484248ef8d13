import { AppError } from '../../types/errors.ts';
import type { GuestObservation, Issue, ScopeReport, UnidentifiedGuest } from '../../types/observation.ts';
import { failedScope } from '../scope-reports.ts';
import { type GuestSources, observeGuest } from './guest-observation.ts';
import type { VsphereVm } from './read-vms.ts';
import type { Walk } from './soap/walk.ts';
import { sharedUuid } from './unidentified.ts';
import { propertyScope, type RootAccess, walkScope } from './walk-scope.ts';

/** The properties of listed VMs. */
export const CONFIG_SCOPE = 'config';

export interface GuestsSeen {
  guests: readonly GuestObservation[];
  unidentified: readonly UnidentifiedGuest[];
  warnings: readonly Issue[];
  /** Of the listing, and of the properties. */
  scopes: readonly ScopeReport[];
}

/** What a walk of all VMs says. Pure. */
export function observeGuests(vms: Walk<VsphereVm> | AppError, sources: GuestSources, access: RootAccess): GuestsSeen {
  if (vms instanceof AppError) {
    return { guests: [], unidentified: [], warnings: [], scopes: [failedScope('guests', vms)] };
  }
  const found = identifyGuests(vms.rows, sources);
  const unread = vms.unread.map(({ value }) => ({ handle: value, reason: 'the server gave none of its properties' }));
  const scopes = [walkScope('guests', vms, access), propertyScope(CONFIG_SCOPE, vms.rows)];
  return { ...found, unidentified: [...found.unidentified, ...unread], scopes };
}

/** VMs by their uuid. One that has none, or shares it with another one, is none of the guests. */
export function identifyGuests(vms: readonly VsphereVm[], sources: GuestSources): Omit<GuestsSeen, 'scopes'> {
  const byUuid = new Map<string, VsphereVm[]>();
  const unidentified: UnidentifiedGuest[] = [];
  for (const vm of vms) {
    const uuid = vm.instanceUuid?.toLowerCase();
    if (uuid === undefined) unidentified.push(toUnidentified(vm));
    else byUuid.set(uuid, [...(byUuid.get(uuid) ?? []), vm]);
  }
  const guests: GuestObservation[] = [];
  const warnings: Issue[] = [];
  for (const [uuid, same] of byUuid) {
    const [only] = same;
    if (same.length === 1 && only !== undefined) {
      guests.push(observeGuest(only, uuid, sources));
      continue;
    }
    const handles = same.map(({ moref }) => moref);
    unidentified.push(...handles.map((handle) => sharedUuid(uuid, handle, handles)));
    warnings.push(duplicateIssue(uuid, same));
  }
  return { guests, unidentified, warnings };
}

function toUnidentified(vm: VsphereVm): UnidentifiedGuest {
  return { handle: vm.moref, name: vm.name ?? null, reason: whyUnidentified(vm) };
}

function whyUnidentified({ instanceUuid, connectionState }: VsphereVm): string {
  if (instanceUuid === undefined) return 'its uuid could not be read';
  if (connectionState === 'connected') return 'it has no uuid yet';
  return `it has no uuid: its connection state is ${connectionState ?? 'unknown'}`;
}

/** A copied VM that was registered as it is: only vCenter gives it a uuid of its own. */
function duplicateIssue(uuid: string, vms: readonly VsphereVm[]): Issue {
  const names = vms.map(({ name, moref }) => `${name ?? '(no name)'} (${moref})`).sort();
  return {
    code: 'duplicate-uuid',
    scope: 'guests',
    message: `${names.join(' and ')} have the same instance uuid ${uuid}: which of them is the known one cannot be told`,
    hint: 'give the copy a uuid of its own: remove vc.uuid from its .vmx file and register it again',
  };
}
