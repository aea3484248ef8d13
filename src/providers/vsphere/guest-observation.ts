import type { GuestIdentity } from '../../types/guest.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import type { GuestObservation } from '../../types/observation.ts';
import type { Section } from '../../types/section.ts';
import { guestDocument } from './guest-document.ts';
import { whyHostIsSilent } from './host-state.ts';
import type { Places } from './places.ts';
import type { VsphereHost } from './read-hosts.ts';
import type { VsphereVm } from './read-vms.ts';

export interface GuestSources {
  places: Places;
  maskKey: MaskKey | null;
  /** By moref; of hosts that could not be read nothing is known. */
  hosts: ReadonlyMap<string, VsphereHost>;
}

const NONE: ReadonlySet<Section> = new Set();

export function observeGuest(vm: VsphereVm, nativeId: string, sources: GuestSources): GuestObservation {
  const unobservable = whyUnobservable(vm, sources.hosts);
  const { document, complete } = guestDocument(vm, sources);
  const { status: _, ...rest } = document;
  const disks = vm.disks ?? [];
  return {
    kind: 'vm',
    nativeId,
    vmid: null,
    node: vm.host?.name ?? '',
    document: unobservable === null ? document : rest,
    complete: unobservable === null ? complete : NONE,
    identity: identityOf(vm),
    lock: null,
    cpus: vm.cpus ?? null,
    memoryBytes: vm.memoryBytes ?? null,
    diskBytes: vm.disks ? disks.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0) : null,
    // Which of several disks it boots from is not asked for.
    bootDiskBytes: disks.length === 1 ? (disks[0]?.sizeBytes ?? null) : null,
    telemetry: null,
    unobservable,
    powerSource: unobservable === null && complete.has('power') ? 'live' : 'none',
  };
}

function identityOf({ biosUuid, nics, moref }: VsphereVm): GuestIdentity {
  const macs = [...new Set((nics ?? []).flatMap(({ mac }) => (mac === null ? [] : [mac.toUpperCase()])))].sort();
  return {
    ...(biosUuid && { uuid: biosUuid.toLowerCase() }),
    ...(macs.length > 0 && { macs }),
    handle: moref,
  };
}

/** Of such a VM vCenter repeats what it knew last, with nothing to tell how old that is. */
function whyUnobservable(vm: VsphereVm, hosts: GuestSources['hosts']): string | null {
  const { connectionState: state } = vm;
  const host = vm.host ? hosts.get(vm.host.value) : undefined;
  const why = host === undefined ? null : whyHostIsSilent(host);
  if (why !== null) return why;
  return state === 'connected' ? null : `its connection state is ${state ?? 'unknown'}`;
}
