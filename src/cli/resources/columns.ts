import type { GuestRow } from '../../types/inventory.ts';
import type { Sighting } from '../../types/presence.ts';
import type { Column, Look, Tone } from '../output/column.ts';
import { formatAge, formatBytes, formatDuration, formatLocalIso, formatPercent } from '../output/format.ts';

interface Observed extends Sighting {
  providerName: string;
}

/** `present`, `gone`, `unobservable: node pve2 is offline`. */
export function presenceText({ presence, presenceReason }: Pick<Observed, 'presence' | 'presenceReason'>): string {
  return presence === 'present' || presenceReason === null ? presence : `${presence}: ${presenceReason}`;
}

/** First column of every listing, as soon as there are several providers. */
export const PROVIDER_COLUMN: Column<{ providerName: string }> = {
  key: 'provider',
  raw: ({ providerName }) => providerName,
  detail: (rows) => new Set(rows.map(({ providerName }) => providerName)).size > 1,
};

/** Whether it is there, as soon as one is not; and in `wide` since and until when. */
export const PRESENCE_COLUMNS: readonly Column<Observed>[] = [
  {
    key: 'presence',
    raw: ({ presence }) => presence,
    text: presenceText,
    tone: ({ presence }): Tone => (presence === 'present' ? 'plain' : 'warn'),
    detail: (rows) => rows.some(({ presence }) => presence !== 'present'),
  },
  { key: 'presenceReason', header: 'REASON', raw: ({ presenceReason }) => presenceReason, detail: 'named' },
  timeColumn('firstSeenAt', 'FIRST SEEN', ({ firstSeenAt }) => firstSeenAt),
  timeColumn('lastSeenAt', 'LAST SEEN', ({ lastSeenAt }) => lastSeenAt),
  timeColumn('goneAt', 'GONE AT', ({ goneAt }) => goneAt),
];

/** A time: its age, in `wide` the time itself. */
function timeColumn<Row>(key: string, header: string, time: (row: Row) => Date | null): Column<Row> {
  return {
    key,
    header,
    raw: time,
    text: (row) => {
      const at = time(row);
      return at === null ? '' : formatLocalIso(at);
    },
    detail: 'wide',
  };
}

interface Sized {
  memoryBytes: number | null;
}

interface Measured {
  telemetry: { cpu: number | null; memoryUsedBytes: number | null; uptimeSeconds: number | null } | null;
}

export const MEMORY_COLUMN: Column<Sized> = {
  key: 'memoryBytes',
  header: 'MEMORY',
  raw: ({ memoryBytes }) => memoryBytes,
  text: ({ memoryBytes }) => formatBytes(memoryBytes),
  align: 'right',
};

/** Share of the CPUs in use when it was last seen. */
export const CPU_COLUMN: Column<Measured> = {
  key: 'cpu',
  header: 'CPU',
  raw: ({ telemetry }) => telemetry?.cpu,
  text: ({ telemetry }) => formatPercent(telemetry?.cpu),
  align: 'right',
};

/** What was measured besides, in `wide`. */
export const USAGE_COLUMNS: readonly Column<Measured>[] = [
  {
    key: 'memoryUsedBytes',
    header: 'MEMORY USED',
    raw: ({ telemetry }) => telemetry?.memoryUsedBytes,
    text: ({ telemetry }) => formatBytes(telemetry?.memoryUsedBytes),
    align: 'right',
    detail: 'wide',
  },
  {
    key: 'uptimeSeconds',
    header: 'UPTIME',
    raw: ({ telemetry }) => telemetry?.uptimeSeconds,
    text: ({ telemetry }) => (telemetry?.uptimeSeconds ? formatDuration(telemetry.uptimeSeconds * 1000) : ''),
    align: 'right',
    detail: 'wide',
  },
];

/** `lab/105`; by its native id, which names nothing else. */
export function guestRef({ providerName, nativeId }: Pick<GuestRow, 'providerName' | 'nativeId'>): string {
  return `${providerName}/${nativeId}`;
}

/** `suspended (io-error)`; of a machine that is known by its reports, `unknown (reported 5 min ago)`. */
export function statusText(
  { status, qmpstatus, lastReportAt }: Pick<GuestRow, 'status' | 'qmpstatus' | 'lastReportAt'>,
  { now }: Pick<Look, 'now'>,
): string {
  if (lastReportAt !== undefined) return `${status} (reported ${formatAge(lastReportAt, now)})`;
  return qmpstatus === null ? status : `${status} (${qmpstatus})`;
}

/** Where the boot disk is not all there is. */
export function hasMoreDisks({ bootDiskBytes, diskBytes }: GuestRow): boolean {
  return bootDiskBytes !== null && diskBytes !== null && bootDiskBytes < diskBytes;
}
