import type { GuestKind } from '../types/guest.ts';

export interface GuestPlace {
  kind: GuestKind;
  node: string;
  vmid: number;
}

export function nodePath(node: string): string {
  return `/nodes/${encodeURIComponent(node)}`;
}

export function guestPath(kind: GuestKind, node: string, vmid: number): string {
  return `${nodePath(node)}/${kind}/${vmid}`;
}

const GUEST_PATH = /^\/nodes\/([^/]+)\/(qemu|lxc)\/(\d{1,9})(?:\/|$)/;

/** The guest that a path is about; null: it is about none. */
export function guestOfPath(path: string): { kind: 'qemu' | 'lxc'; node: string; vmid: number } | null {
  const [, node, kind, digits] = GUEST_PATH.exec(path) ?? [];
  if (node === undefined) return null;
  return { kind: kind === 'lxc' ? 'lxc' : 'qemu', node: decodeURIComponent(node), vmid: Number(digits) };
}

export function taskPath(node: string, upid: string, part: 'status' | 'log'): string {
  return `${nodePath(node)}/tasks/${encodeURIComponent(upid)}/${part}`;
}

export function configPath({ kind, node, vmid }: GuestPlace): string {
  return `${guestPath(kind, node, vmid)}/config`;
}
