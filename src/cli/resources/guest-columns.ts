import type { GuestAddress } from '../../types/addresses.ts';
import { KIND_WORDS } from '../../types/guest.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { MachineLink } from '../../types/machine-link.ts';
import type { Column, Look, Tone } from '../output/column.ts';
import { formatAge, formatBytes } from '../output/format.ts';
import {
  CPU_COLUMN,
  guestRef,
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
  { key: 'lastReportAt', header: 'LAST REPORT', raw: ({ lastReportAt }) => lastReportAt, detail: 'named' },
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
  {
    key: 'addresses',
    header: 'IP',
    raw: ({ addresses }) => addresses.map(({ address }) => address),
    text: ({ addresses }) => shortAddresses(addresses),
    spare: 8,
    detail: (rows) => rows.some(({ addresses }) => addresses.length > 0),
  },
  {
    key: 'addressesAt',
    header: 'IP READ',
    raw: ({ addressesAt }) => addressesAt,
    text: ({ addressesAt }, { now }) => (addressesAt === null ? '' : formatAge(addressesAt, now)),
    detail: 'named',
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
  {
    key: 'osType',
    header: 'OS',
    raw: ({ osType }) => osType,
    text: ({ os, osType }) => os?.name ?? osType ?? '',
    detail: 'wide',
  },
  { key: 'os', header: 'OS NAME', raw: ({ os }) => os?.name, detail: 'named' },
  { key: 'osVersion', raw: ({ os }) => os?.version, header: 'OS VERSION', detail: 'named' },
  {
    key: 'lastBackup',
    header: 'LAST BACKUP',
    raw: ({ lastBackup }) => lastBackup?.at,
    text: backupText,
    detail: 'wide',
  },
  { ...CPU_COLUMN, detail: 'wide' },
  ...USAGE_COLUMNS,
  ...PRESENCE_COLUMNS,
];

/** The first one, and how many more there are. */
function shortAddresses(addresses: readonly GuestAddress[]): string {
  const distinct = [...new Set(addresses.map(({ address }) => address))];
  const [first = '', ...more] = distinct;
  return more.length === 0 ? first : `${first} +${more.length}`;
}

function backupText({ lastBackup }: GuestRow, { now }: Look): string {
  return lastBackup === null ? '' : formatAge(lastBackup.at, now);
}

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

/** With `--managed`. */
export const MANAGED_COLUMNS: readonly Column<GuestRow>[] = [
  linkColumn('managedBy', 'MANAGED BY', ({ managedBy }) => managedBy),
  linkColumn('manages', 'MANAGES', ({ manages }) => manages),
];

function linkColumn(key: string, header: string, linkOf: (row: GuestRow) => MachineLink | undefined): Column<GuestRow> {
  const ref = (row: GuestRow): string | null => {
    const link = linkOf(row);
    return link === undefined ? null : guestRef(link);
  };
  return {
    key,
    header,
    raw: ref,
    text: (row) =>
      [ref(row), linkOf(row)?.confidence === 'likely' ? '(likely)' : null].filter((part) => part).join(' '),
  };
}
