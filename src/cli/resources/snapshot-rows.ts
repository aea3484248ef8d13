import { snapshotsOf } from '../../types/guest-parts.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { Column } from '../output/column.ts';
import { formatAge } from '../output/format.ts';

/** A snapshot as the inventory has it. */
export interface SnapshotRow {
  providerName: string;
  vmid: number | null;
  guest: string | null;
  name: string;
  /** null: the platform does not tell. */
  takenAt: Date | null;
  /** The snapshot below which it hangs; null: none, or not told. */
  parent: string | null;
  /** Whether the memory was saved with it. */
  hasMemory: boolean;
  description: string | null;
  /** The guest hangs below it. */
  isCurrent: boolean;
  isStale: boolean;
}

/** Guest by guest, the newest first. */
export function snapshotRows(guests: readonly GuestRow[]): SnapshotRow[] {
  return guests.flatMap((guest) =>
    snapshotsOf(guest.document)
      .map(({ name, at }) => toRow(guest, name, at))
      .sort((a, b) => (b.takenAt?.getTime() ?? 0) - (a.takenAt?.getTime() ?? 0)),
  );
}

function toRow({ providerName, vmid, name: guest, document, isStale }: GuestRow, name: string, at: Date | null) {
  const of = (field: string): string | null => textOf(document[`snapshot.${name}.${field}`]);
  return {
    providerName,
    vmid,
    guest,
    name,
    takenAt: at,
    parent: of('parent'),
    hasMemory: of('ram') === '1',
    description: of('description'),
    isCurrent: document['parent'] === name,
    isStale,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

export const SNAPSHOT_COLUMNS: readonly Column<SnapshotRow>[] = [
  { key: 'provider', raw: ({ providerName }) => providerName },
  { key: 'vmid', raw: ({ vmid }) => vmid, align: 'right' },
  { key: 'guest', raw: ({ guest }) => guest },
  { key: 'name', header: 'SNAPSHOT', raw: ({ name }) => name },
  {
    key: 'takenAt',
    header: 'AGE',
    raw: ({ takenAt }) => takenAt,
    text: ({ takenAt }, { now }) => (takenAt === null ? '-' : formatAge(takenAt, now)),
    isSolid: true,
  },
  { key: 'parent', raw: ({ parent }) => parent, detail: (rows) => rows.some(({ parent }) => parent !== null) },
  {
    key: 'hasMemory',
    header: 'MEMORY',
    raw: ({ hasMemory }) => hasMemory,
    text: ({ hasMemory }) => (hasMemory ? 'yes' : ''),
    detail: (rows) => rows.some(({ hasMemory }) => hasMemory),
  },
  {
    key: 'isCurrent',
    header: 'CURRENT',
    raw: ({ isCurrent }) => isCurrent,
    text: ({ isCurrent }) => (isCurrent ? 'yes' : ''),
    detail: 'wide',
  },
  { key: 'description', raw: ({ description }) => description, spare: 1 },
];
