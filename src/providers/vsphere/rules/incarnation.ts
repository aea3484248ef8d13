import type { GuestIdentity } from '../../../types/guest.ts';
import type { IncarnationDecision, Machine } from '../../../types/incarnation.ts';

/**
 * An instance uuid is never used again, but on an ESXi host a copy may have that of its original: of two such VMs the one that stays
 * is the other one if nothing else is the same.
 */
export function decideIncarnation(known: Machine, seen: Machine): IncarnationDecision {
  const isKept = known.kind === seen.kind && !isCopy(known.identity, seen.identity);
  if (isKept) return { decision: 'same', event: null, confidence: 'exact', reason: 'it has the same instance uuid' };
  const reason =
    known.kind === seen.kind
      ? 'another VM has its instance uuid, with another BIOS uuid, other MAC addresses and another moref'
      : `was ${known.kind}, is ${seen.kind}`;
  return { decision: 'new', event: null, confidence: 'exact', reason };
}

function isCopy(known: GuestIdentity, seen: GuestIdentity): boolean {
  if (known.uuid === undefined || seen.uuid === undefined || known.macs === undefined || seen.macs === undefined) {
    return false;
  }
  return known.handle !== seen.handle && known.uuid !== seen.uuid && !sharesMacs(known, seen);
}

/** Copies of a VM may have the BIOS uuid in common; addresses are given anew. Of a VM without any, the uuid has to do. */
export function sharesMacs(a: GuestIdentity, b: GuestIdentity): boolean {
  if (a.macs === undefined || b.macs === undefined) return true;
  return a.macs.some((mac) => b.macs?.includes(mac));
}
