import type { ActionSubject, Parameters } from './action.ts';

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
