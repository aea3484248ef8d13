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

export function taskPath(node: string, upid: string, part: 'status' | 'log'): string {
  return `${nodePath(node)}/tasks/${encodeURIComponent(upid)}/${part}`;
}

export function configPath({ kind, node, vmid }: GuestPlace): string {
  return `${guestPath(kind, node, vmid)}/config`;
}
