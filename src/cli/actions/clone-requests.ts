import type { OpenedActions } from '../../app/open-actions.ts';
import type { AskedAction } from '../../services/actions/make-plan.ts';
import { subjectOf } from '../../services/actions/plan-guests.ts';
import type { Action } from '../../types/action.ts';
import { AppError } from '../../types/errors.ts';
import type { GuestRow } from '../../types/inventory.ts';
import { GUEST_NAME_RULE, isGuestName, MOST_VMID } from '../../types/new-guest.ts';
import type { CliContext } from '../context.ts';
import { findGuests } from './find-guests.ts';
import type { CloneOptions } from './new-guest-options.ts';

/** The one guest that a reference names. */
export async function findOneGuest(context: CliContext, ref: string): Promise<GuestRow> {
  const [guest, ...more] = await findGuests(context, [ref]);
  if (guest !== undefined && more.length === 0) return guest;
  throw new AppError('usage', `\`${ref}\` matches ${more.length + 1} guests: one is cloned at a time`, {
    hint: 'name it: PROVIDER/VMID',
  });
}

/** The names of all clones; null: as the server calls it. Throws AppError('usage'). */
export function cloneNames({ name, count, first }: Pick<CloneOptions, 'name' | 'count' | 'first'>): (string | null)[] {
  if (name === undefined && count === 1) return [null];
  const pattern = name ?? '';
  if (count > 1 && !/\{n+\}/.test(pattern)) {
    throw new AppError('usage', `${count} clones need a name with a number`, { hint: "--name 'web-{n}'" });
  }
  return Array.from({ length: count }, (_, index) => {
    const text = pattern.replaceAll(/\{(n+)\}/g, (_all, digits: string) =>
      String(first + index).padStart(digits.length, '0'),
    );
    if (isGuestName(text)) return text;
    throw new AppError('usage', `'${text}' is no name of a guest`, { hint: GUEST_NAME_RULE });
  });
}

/** The vmids are chosen here, once: they are part of what is planned. */
export async function cloneRequests(
  opened: OpenedActions,
  { guest, options, signal }: { guest: GuestRow; options: CloneOptions; signal: AbortSignal },
): Promise<AskedAction[]> {
  const names = cloneNames(options);
  const vmids = await vmidsOf(opened, guest, { options, signal });
  return names.flatMap((name, index) => {
    const vmid = vmids[index];
    return vmid === undefined
      ? []
      : [{ action: toAction(name, vmid, options), subject: subjectOf(guest), tags: guest.tags }];
  });
}

async function vmidsOf(
  opened: OpenedActions,
  { providerId }: GuestRow,
  { options: { vmid, count }, signal }: { options: CloneOptions; signal: AbortSignal },
): Promise<number[]> {
  if (vmid === 'auto') return (await opened.provider(providerId)).acting.freeVmids(count, { signal });
  if (vmid + count - 1 > MOST_VMID) throw new AppError('usage', `there are no ${count} vmids from ${vmid} on`);
  return Array.from({ length: count }, (_, index) => vmid + index);
}

function toAction(name: string | null, vmid: number, options: CloneOptions): Action {
  const { node, storage, full, linked, pool, snapshot, description, start } = options;
  return {
    verb: 'clone',
    name,
    vmid,
    target: node ?? null,
    storage: storage ?? null,
    full: full === true ? true : linked === true ? false : null,
    pool: pool ?? null,
    snapshot: snapshot ?? null,
    description: description ?? null,
    settings: {},
    diskSize: null,
    start: start === true,
  };
}
