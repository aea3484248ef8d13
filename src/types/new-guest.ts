import type { ActionSubject, Parameters } from './action.ts';

export const LEAST_VMID = 100;
export const MOST_VMID = 999_999_999;

/** Source: pve-common src/PVE/JSONSchema.pm, formats dns-name and pve-vmid. */
const DNS_LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** Whether the server takes it for the name of a guest. */
export function isGuestName(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => DNS_LABEL.test(label));
}

export const GUEST_NAME_RULE = 'letters, digits, hyphens and dots, as names of hosts have them';

/** A guest that somebody wants to have. null: as it usually is. */
export interface NewGuestWish {
  kind: ActionSubject['kind'];
  name: string;
  vmid: number;
  node: string | null;
  cores: number | null;
  memoryBytes: number | null;
  diskStorage: string | null;
  diskBytes: number | null;
  bridge: string | null;
  vlan: number | null;
  /** Of a container: `dhcp`, or an address with its prefix. */
  ip: string | null;
  gateway: string | null;
  tags: readonly string[];
  pool: string | null;
  description: string | null;
  start: boolean;
  /** Further settings, in the words of the server, secrets included. */
  settings: Parameters;
  source: NewGuestSource;
}

/** What it is made of. `full` null: linked where the guest that is cloned is a template. */
export type NewGuestSource =
  | { from: 'guest'; full: boolean | null; snapshot: string | null }
  | { from: 'iso' | 'image' | 'ostemplate'; volid: string }
  | { from: 'nothing' };
