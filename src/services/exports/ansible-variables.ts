import { KIND_WORDS } from '../../types/guest.ts';
import type { GuestRow } from '../../types/inventory.ts';
import { osOf, primaryAddress, reachableAddresses, referenceOf } from './guest-values.ts';

export type Variable = string | number | boolean | readonly string[] | null;
export type Variables = Readonly<Record<string, Variable>>;

/** What both forms of the inventory say. */
export interface AnsibleInventory {
  hosts: ReadonlyMap<string, Variables>;
  groups: ReadonlyMap<string, readonly string[]>;
  problems: readonly string[];
}

export function variablesOf(guest: GuestRow): Variables {
  const address = primaryAddress(guest);
  return {
    ...(address !== null && { ansible_host: address }),
    rollcall_ref: referenceOf(guest),
    rollcall_name: guest.name,
    rollcall_provider: guest.providerName,
    rollcall_id: guest.nativeId,
    rollcall_kind: KIND_WORDS[guest.kind],
    rollcall_status: guest.status,
    rollcall_node: guest.node,
    rollcall_pool: guest.pool,
    rollcall_tags: guest.tags,
    rollcall_os: osOf(guest),
    rollcall_addresses: reachableAddresses(guest),
    rollcall_cpus: guest.cpus,
    rollcall_memory_bytes: guest.memoryBytes,
    rollcall_disk_bytes: guest.diskBytes,
    ...(guest.isStale && { rollcall_stale: true, rollcall_last_seen: guest.lastSeenAt.toISOString() }),
  };
}

/** Whether Ansible would evaluate a text as a template, when it is used. */
export function isTemplateText(text: string): boolean {
  return /\{[{%#]/.test(text);
}
