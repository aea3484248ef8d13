import type { GuestIdentity } from '../../../types/guest.ts';
import { guestKey } from '../../../types/guest-key.ts';
import type { Observation } from '../../../types/observation.ts';
import type { KnownState } from '../../../types/plan.ts';
import { tasksOf } from '../records/record.ts';

export interface GuestEvidence {
  /** Guests of which both what is stored and what was seen tell which machine it is. */
  compared: number;
  /** The very same machine, not a restored copy. */
  same: number;
  /** VMs among those that were compared. */
  vms: number;
  /** VMs that are certainly another machine. */
  others: number;
  /** Other machines of which a task says that they were made in their place. */
  replaced: number;
}

/** Compares the machines behind equal vmids: what two clusters of equal names and vmids cannot share. */
export function compareGuests(known: KnownState, seen: Observation): GuestEvidence {
  const before = new Map(known.guests.map((guest) => [guestKey(guest), guest.identity]));
  const rebuilt = new Set(
    tasksOf(seen)
      .filter(({ native }) => /(?:create|destroy|restore|clone)$/.test(native))
      .map(({ target }) => target),
  );
  const evidence = { compared: 0, same: 0, vms: 0, others: 0, replaced: 0 };
  for (const guest of seen.guests) {
    const { nativeId, identity, unobservable } = guest;
    const stored = before.get(guestKey(guest));
    if (unobservable !== null || stored === undefined || !isComparable(stored, identity)) continue;
    const isOther = isOtherMachine(stored, identity);
    evidence.compared++;
    if (identity.uuid !== undefined) evidence.vms++;
    if (isSameMachine(stored, identity)) evidence.same++;
    if (isOther) evidence.others++;
    if (isOther && rebuilt.has(nativeId)) evidence.replaced++;
  }
  return evidence;
}

/** Some guests may be replaced or rolled back in the meantime; most are not. */
export function isMostlySame({ compared, same }: GuestEvidence): boolean {
  return same * 2 > compared;
}

function isComparable(a: GuestIdentity, b: GuestIdentity): boolean {
  return (a.uuid !== undefined && b.uuid !== undefined) || (hasMacs(a) && hasMacs(b));
}

function hasMacs({ macs }: GuestIdentity): boolean {
  return macs !== undefined && macs.length > 0;
}

/** A restored copy keeps the uuid and gets a new generation id (qemu-server restore_update_config_line). */
function isSameMachine(a: GuestIdentity, b: GuestIdentity): boolean {
  if (a.uuid === undefined || b.uuid === undefined) return a.macs?.some((mac) => b.macs?.includes(mac)) === true;
  const hasOtherGeneration = a.vmgenid !== undefined && b.vmgenid !== undefined && a.vmgenid !== b.vmgenid;
  return a.uuid === b.uuid && !hasOtherGeneration;
}

/** Of a container nothing is certain: it may get a new address at any time. */
function isOtherMachine(a: GuestIdentity, b: GuestIdentity): boolean {
  return a.uuid !== undefined && b.uuid !== undefined && a.uuid !== b.uuid && a.ctime !== b.ctime;
}
