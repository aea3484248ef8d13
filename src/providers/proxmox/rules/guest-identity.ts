import type { AuditRecord } from '../../../types/audit-record.ts';
import type { GuestIdentity } from '../../../types/guest.ts';
import type { Confidence } from '../../../types/history.ts';
import type { IncarnationDecision, LifecycleTasks, Machine } from '../../../types/incarnation.ts';

/**
 * Whether the guest that has a vmid now is the one that had it before. Without evidence to the contrary it is: a vmid that
 * is reused leaves a new uuid and creation time (QEMU), or other MAC addresses, root disk and host name (LXC).
 */
export function decideIncarnation(known: Machine, seen: Machine, tasks: LifecycleTasks): IncarnationDecision {
  if (known.kind !== seen.kind) {
    return decide('new', null, 'exact', `was ${known.kind}, is ${seen.kind}`);
  }
  if (Object.keys(seen.identity).every((part) => part === 'digest')) return decideByTasks(tasks);
  return seen.kind === 'qemu'
    ? decideVm(known.identity, seen.identity, tasks)
    : decideContainer(known.identity, seen.identity, tasks);
}

function decide(
  decision: IncarnationDecision['decision'],
  event: IncarnationDecision['event'],
  confidence: Confidence,
  reason: string,
): IncarnationDecision {
  return { decision, event, confidence, reason };
}

/** Nothing of the configuration was read. */
function decideByTasks(tasks: LifecycleTasks): IncarnationDecision {
  if (wasReused(tasks)) return decide('new', null, 'likely', 'destroyed and created again; configuration not read');
  return decide('same', null, 'none', 'configuration not read');
}

/** Destroyed, and created after that: not restored, which brings the same machine back. */
function wasReused({ created, destroyed, restored }: LifecycleTasks): boolean {
  return destroyed !== null && isAfter(created, destroyed) && !isAfter(restored, created);
}

/** Whether a guest was destroyed and came back from a backup: the same machine, that was gone in between. */
export function wasBroughtBack({ destroyed, restored }: LifecycleTasks): boolean {
  return destroyed !== null && isAfter(restored, destroyed);
}

function isAfter(task: AuditRecord | null, other: AuditRecord | null): boolean {
  if (task === null) return false;
  return other === null || timeOf(task) >= timeOf(other);
}

function timeOf(task: AuditRecord): number {
  return (task.endedAt ?? task.at).getTime();
}

/** A clone does not count: its task names the source, so that any clone in the window would look like this guest's. */
function wasMade({ created, destroyed }: LifecycleTasks): boolean {
  return created !== null || destroyed !== null;
}

function decideVm(known: GuestIdentity, seen: GuestIdentity, tasks: LifecycleTasks): IncarnationDecision {
  const uuid = compare(known.uuid, seen.uuid);
  const ctime = compare(known.ctime, seen.ctime);
  if (uuid === 'same') return decideSameUuid(known, seen, ctime, tasks);
  if (uuid === 'differs') return decideOtherUuid(known, seen, ctime, tasks);
  return decideWithoutUuid(ctime, tasks);
}

function decideSameUuid(
  known: GuestIdentity,
  seen: GuestIdentity,
  ctime: Comparison,
  tasks: LifecycleTasks,
): IncarnationDecision {
  if (ctime === 'differs' && wasReused(tasks)) {
    return decide('new', null, 'likely', 'created again with the same smbios uuid');
  }
  const vmgenid = compare(known.vmgenid, seen.vmgenid);
  if (vmgenid === 'same') return decide('same', null, 'exact', 'same smbios uuid');
  const event = rewriteOf(tasks);
  if (event !== null) return decide('same', event, 'exact', `same smbios uuid, ${event} by a task`);
  if (vmgenid === 'unknown') return decide('same', null, 'exact', 'same smbios uuid');
  // Anybody may write it by hand.
  if (tasks.isWhole === true) return decide('same', null, 'exact', 'same smbios uuid, another vmgenid without a task');
  return decide('same', 'rolled-back', 'likely', 'same smbios uuid, new vmgenid');
}

function rewriteOf({ restored, rolledBack }: LifecycleTasks): 'restored' | 'rolled-back' | null {
  if (restored !== null && !(rolledBack !== null && timeOf(rolledBack) > timeOf(restored))) return 'restored';
  return rolledBack === null ? null : 'rolled-back';
}

function decideOtherUuid(
  known: GuestIdentity,
  seen: GuestIdentity,
  ctime: Comparison,
  tasks: LifecycleTasks,
): IncarnationDecision {
  if (ctime === 'differs') {
    const event = tasks.restored === null ? null : 'restored';
    return decide('new', event, 'exact', 'another smbios uuid and creation time');
  }
  // `--unique` gives the restored machine a new uuid and new MAC addresses; its creation time stays.
  if (isAfter(tasks.restored, tasks.created)) {
    return decide('same', 'restored', 'likely', 'restored with a new smbios uuid');
  }
  if (wasMade(tasks)) return decide('new', null, 'exact', 'another smbios uuid, destroyed or created by a task');
  if (areDisjoint(known.macs, seen.macs)) {
    return decide('new', null, 'likely', 'another smbios uuid and other MAC addresses');
  }
  return decide('same', null, 'likely', 'another smbios uuid alone');
}

function decideWithoutUuid(ctime: Comparison, tasks: LifecycleTasks): IncarnationDecision {
  if (isAfter(tasks.restored, tasks.created)) return decide('same', 'restored', 'likely', 'restored; no smbios uuid');
  if (ctime === 'differs') return decide('new', null, 'likely', 'another creation time; no smbios uuid');
  if (wasReused(tasks)) return decide('new', null, 'likely', 'destroyed and created again; no smbios uuid');
  const event = tasks.rolledBack === null ? null : 'rolled-back';
  if (ctime === 'same') return decide('same', event, 'likely', 'same creation time; no smbios uuid');
  return decide('same', event, 'none', 'neither smbios uuid nor creation time');
}

function decideContainer(known: GuestIdentity, seen: GuestIdentity, tasks: LifecycleTasks): IncarnationDecision {
  const rootfs = compare(known.rootfs, seen.rootfs);
  const hostname = compare(known.hostname, seen.hostname);
  const hasOtherMacs = areDisjoint(known.macs, seen.macs);
  const isOther = hasOtherMacs && rootfs === 'differs' && hostname === 'differs';
  if (isAfter(tasks.restored, tasks.created)) {
    if (isOther) return decide('new', 'restored', 'likely', 'restored from another container');
    return decide('same', 'restored', 'exact', 'restored by a task');
  }
  if (wasReused(tasks)) return decide('new', null, 'exact', 'destroyed and created again by tasks');
  if (wasMade(tasks) && hasOtherMacs) return decide('new', null, 'exact', 'other MAC addresses, created by a task');
  if (isOther) return decide('new', null, 'likely', 'other MAC addresses, root disk and host name');
  if (tasks.rolledBack !== null) return decide('same', 'rolled-back', 'exact', 'rolled back by a task');
  const isKnown = rootfs === 'same' || (known.macs?.length && !hasOtherMacs);
  return decide('same', null, isKnown ? 'likely' : 'none', isKnown ? 'same root disk or MAC addresses' : 'no evidence');
}

type Comparison = 'same' | 'differs' | 'unknown';

function compare(known: string | number | undefined, seen: string | number | undefined): Comparison {
  if (known === undefined || seen === undefined) return 'unknown';
  return known === seen ? 'same' : 'differs';
}

/** Whether both have MAC addresses and share none. */
function areDisjoint(known: readonly string[] | undefined, seen: readonly string[] | undefined): boolean {
  if (!known?.length || !seen?.length) return false;
  return !seen.some((mac) => known.includes(mac));
}
