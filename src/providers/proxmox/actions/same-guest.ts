import type { ActionSubject } from '../../../types/action.ts';
import type { GuestIdentity } from '../../../types/guest.ts';
import type { LiveGuest } from './scene.ts';

interface Verdict {
  isSame: boolean;
  why: string;
}

/**
 * Whether the guest that has the vmid is the one that the inventory has. Stricter than a sync, which takes a guest for the one of
 * before without evidence to the contrary: what cannot be told is refused.
 */
export function isSameGuest({ kind, identity: known }: ActionSubject, { identity, replacements }: LiveGuest): Verdict {
  const [made] = replacements;
  if (made !== undefined) return { isSame: false, why: made };
  return kind === 'qemu' ? isSameVm(known, identity) : isSameContainer(known, identity);
}

/** A restored machine keeps uuid and creation time, a clone inherits the latter alone. */
function isSameVm(known: GuestIdentity, now: GuestIdentity): Verdict {
  if (known.uuid !== undefined && now.uuid !== undefined) {
    if (known.uuid !== now.uuid) return { isSame: false, why: `its uuid is ${now.uuid}, and was ${known.uuid}` };
    if (known.ctime !== undefined && now.ctime !== undefined && known.ctime !== now.ctime)
      return { isSame: false, why: 'it was created at another time' };
    return { isSame: true, why: 'the same smbios uuid' };
  }
  if (known.uuid !== now.uuid) return { isSame: false, why: 'one of both has no smbios uuid' };
  if (known.ctime !== undefined && known.ctime === now.ctime && !areOther(known.macs, now.macs))
    return { isSame: true, why: 'the same creation time; it has no smbios uuid' };
  if (sharesMac(known.macs, now.macs)) return { isSame: true, why: 'the same MAC address; it has no smbios uuid' };
  return { isSame: false, why: 'it has neither smbios uuid nor MAC address by which it could be told' };
}

function isSameContainer(known: GuestIdentity, now: GuestIdentity): Verdict {
  if (areOther(known.macs, now.macs)) return { isSame: false, why: 'it has other MAC addresses' };
  if (sharesMac(known.macs, now.macs)) return { isSame: true, why: 'the same MAC address' };
  if (known.rootfs === undefined || known.rootfs !== now.rootfs)
    return { isSame: false, why: 'it has another root disk' };
  if (known.hostname !== now.hostname) return { isSame: false, why: 'it has another host name, and no MAC address' };
  return { isSame: true, why: 'the same root disk and host name' };
}

function sharesMac(known: readonly string[] = [], now: readonly string[] = []): boolean {
  return known.some((mac) => now.includes(mac));
}

function areOther(known: readonly string[] = [], now: readonly string[] = []): boolean {
  return known.length > 0 && now.length > 0 && !sharesMac(known, now);
}
