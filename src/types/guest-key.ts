import type { GuestKind } from './guest.ts';

/** `qemu/100`: on Proxmox VE a container can take over the vmid of a virtual machine. */
export function guestKey({ kind, nativeId }: { kind: GuestKind; nativeId: string }): string {
  return `${kind}/${nativeId}`;
}

/** Proxmox VE's number of a guest; null for guests of other platforms. */
export function vmidOf({ kind, nativeId }: { kind: GuestKind; nativeId: string }): number | null {
  return kind === 'vm' ? null : Number(nativeId);
}
