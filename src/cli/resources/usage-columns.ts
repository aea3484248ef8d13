import type { Column } from '../output/column.ts';
import { formatBytes, formatDuration, formatPercent } from '../output/format.ts';

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
