import { KIND_WORDS } from '../../types/guest.ts';
import type { GuestRow } from '../../types/inventory.ts';
import { osOf, reachableAddresses } from './guest-values.ts';
import { visibleText } from './visible-text.ts';

export type Cell = string | number | boolean | Date | null;

interface SheetColumn {
  key: string;
  of: (guest: GuestRow) => Cell;
  /** Of its column, in characters. */
  width: number;
}

/** Both sheets have these; times say how old each row is. */
export const SHEET_COLUMNS: readonly SheetColumn[] = [
  { key: 'provider', of: ({ providerName }) => text(providerName), width: 14 },
  { key: 'id', of: ({ vmid, nativeId }) => vmid ?? text(nativeId), width: 10 },
  { key: 'name', of: ({ name }) => text(name), width: 28 },
  { key: 'kind', of: ({ kind }) => KIND_WORDS[kind], width: 10 },
  { key: 'status', of: ({ status }) => status, width: 10 },
  { key: 'node', of: ({ node }) => text(node), width: 14 },
  { key: 'pool', of: ({ pool }) => text(pool), width: 14 },
  { key: 'tags', of: ({ tags }) => text(tags.join(' ')), width: 20 },
  { key: 'os', of: (guest) => text(osOf(guest)), width: 24 },
  { key: 'addresses', of: (guest) => reachableAddresses(guest).join(' '), width: 20 },
  { key: 'cpus', of: ({ cpus }) => cpus, width: 6 },
  { key: 'memoryBytes', of: ({ memoryBytes }) => memoryBytes, width: 16 },
  { key: 'diskBytes', of: ({ diskBytes }) => diskBytes, width: 16 },
  { key: 'template', of: ({ isTemplate }) => isTemplate, width: 10 },
  { key: 'presence', of: ({ presence }) => presence, width: 14 },
  { key: 'lastSeenAt', of: ({ lastSeenAt }) => lastSeenAt, width: 20 },
];

function text(value: string | null): string | null {
  return value === null ? null : visibleText(value);
}
