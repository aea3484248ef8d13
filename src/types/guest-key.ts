import type { GuestKind } from './guest.ts';

/** `qemu/100`: with the vmid alone a container that took the place of a virtual machine would be taken for it. */
export function guestKey({ kind, vmid }: { kind: GuestKind; vmid: number }): string {
  return `${kind}/${vmid}`;
}
