import { KIND_WORDS } from '../../types/guest.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { Column, Tone } from '../output/column.ts';
import { formatBytes } from '../output/format.ts';
import {
  CPU_COLUMN,
  hasMoreDisks,
  MEMORY_COLUMN,
  PRESENCE_COLUMNS,
  PROVIDER_COLUMN,
  statusText,
  USAGE_COLUMNS,
} from './columns.ts';

const STATUS_TONE: Readonly<Record<string, Tone>> = { running: 'good', stopped: 'dim', suspended: 'warn' };

const NODE_COLUMN: Column<GuestRow> = { key: 'node', raw: ({ node }) => node, spare: 3 };

/** What the platform calls it. */
const ID_COLUMN: Column<GuestRow> = {
  key: 'nativeId',
  header: 'ID',
  raw: ({ nativeId }) => nativeId,
  spare: 9,
  detail: 'named',
};

export const GUEST_COLUMNS: readonly Column<GuestRow>[] = [
  PROVIDER_COLUMN,
  {
    key: 'vmid',
    raw: ({ vmid }) => vmid,
    align: 'right',
    detail: (rows) => rows.length === 0 || rows.some(({ vmid }) => vmid !== null),
  },
  { key: 'name', raw: ({ name }) => name },
  NODE_COLUMN,
  ID_COLUMN,
  {
    key: 'status',
    raw: ({ status }) => status,
    text: statusText,
    tone: ({ status }) => STATUS_TONE[status] ?? 'plain',
  },
  { key: 'qmpstatus', raw: ({ qmpstatus }) => qmpstatus, detail: 'named' },
  { key: 'cpus', raw: ({ cpus }) => cpus, align: 'right', spare: 5 },
  { ...MEMORY_COLUMN, spare: 4 },
  {
    key: 'diskBytes',
    header: 'DISK',
    raw: ({ diskBytes }) => diskBytes,
    text: ({ diskBytes }) => formatBytes(diskBytes),
    spare: 4,
    align: 'right',
  },
  {
    key: 'bootDiskBytes',
    header: 'BOOT DISK',
    raw: ({ bootDiskBytes }) => bootDiskBytes,
    text: ({ bootDiskBytes }) => formatBytes(bootDiskBytes),
    spare: 8,
    align: 'right',
    detail: (rows) => rows.some(hasMoreDisks),
  },
  { key: 'tags', raw: ({ tags }) => tags, spare: 7 },
  { key: 'pool', raw: ({ pool }) => pool, detail: 'wide' },
  {
    key: 'isTemplate',
    header: 'TEMPLATE',
    spare: 6,
    raw: ({ isTemplate }) => isTemplate,
    text: ({ isTemplate }) => (isTemplate ? 'yes' : ''),
    detail: (rows) => rows.some((row) => row.isTemplate),
  },
  { key: 'lock', raw: ({ lock }) => lock, detail: 'wide' },
  { key: 'osType', header: 'OS', raw: ({ osType }) => osType, detail: 'wide' },
  { ...CPU_COLUMN, detail: 'wide' },
  ...USAGE_COLUMNS,
  ...PRESENCE_COLUMNS,
];

/** Where there is more than one kind. */
export const KIND_COLUMN: Column<GuestRow> = {
  key: 'kind',
  raw: ({ kind }) => kind,
  text: ({ kind }) => KIND_WORDS[kind],
  spare: 2,
};

/** Where a host runs, whatever the platform calls it. */
export const HOST_COLUMNS = GUEST_COLUMNS.flatMap((column): Column<GuestRow>[] => {
  if (column === PROVIDER_COLUMN) return [column, KIND_COLUMN];
  if (column === NODE_COLUMN) return [{ ...column, header: 'PLACEMENT' }];
  return [column === ID_COLUMN ? { ...column, detail: (rows) => rows.some(({ vmid }) => vmid === null) } : column];
});
