import type { GuestKind } from '../../types/guest.ts';
import { guestKey } from '../../types/guest-key.ts';

/** `qemu/100`, as the core names the guest of a listing. */
export function vmidKey({ kind, vmid }: { kind: GuestKind; vmid: number }): string {
  return guestKey({ kind, nativeId: String(vmid) });
}

/** The vmid of a guest of the core. */
export function vmidOf({ nativeId }: { nativeId: string }): number {
  return Number(nativeId);
}
