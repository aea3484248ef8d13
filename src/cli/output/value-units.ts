import { BYTE_UNITS } from './format.ts';

const MIB = 2 ** 20;
/** Decimals that a size keeps; with more it is written in a smaller unit, so that no change of it is lost. */
const TENTHS = 10;

/** A number of a document with the unit that it has in Proxmox VE; null where it has none. */
export function valueWithUnit(path: string, value: number): string | null {
  const bytes = bytesPerUnit(path);
  if (bytes !== null) return sizeText(value * bytes, exactUnit(value * bytes));
  const unit = unitOf(path);
  return unit === null ? null : `${value} ${unit}`;
}

/** Two numbers of one path: `4 → 8 GiB`, `4096 → 4100 MiB`, `512 MiB → 1 GiB`; null where they have no unit. */
export function changeWithUnit(path: string, before: number, after: number): string | null {
  const bytes = bytesPerUnit(path);
  if (bytes === null) {
    const unit = unitOf(path);
    return unit === null ? null : `${before} → ${after} ${unit}`;
  }
  const sizes = [before * bytes, after * bytes] as const;
  const exact = sizes.map(exactUnit);
  // Sizes of the same magnitude are compared in one unit: 4 GiB beside 4100 MiB would not be.
  const smaller = Math.min(...exact);
  const isOneUnit = exact[0] === exact[1] || largestUnit(sizes[0]) === largestUnit(sizes[1]);
  if (!isOneUnit) return sizes.map((size, index) => sizeText(size, exact[index] ?? 0)).join(' → ');
  return `${inUnit(sizes[0], smaller)} → ${sizeText(sizes[1], smaller)}`;
}

/** Source: qemu-server and pve-container, JSON schema of the configuration. */
function bytesPerUnit(path: string): number | null {
  if (/(?:^|\.)(?:memory|balloon|swap)$|^(?:pending\.)?ivshmem\.size$/.test(path)) return MIB;
  return /(?:^|\.)(?:size|max_bytes)$|Bytes$/.test(path) ? 1 : null;
}

function unitOf(path: string): string | null {
  if (/^(?:pending\.)?net\d+\.rate$|\.mbps_(?:rd|wr)(?:_max)?$|(?:^|\.)migrate_speed$/.test(path)) return 'MB/s';
  return /(?:^|\.)migrate_downtime$|(?:^|\.)startup\.(?:up|down)$/.test(path) ? 's' : null;
}

function largestUnit(bytes: number): number {
  let unit = 0;
  for (let size = Math.abs(bytes); size >= 1024 && unit < BYTE_UNITS.length - 1; size /= 1024) unit++;
  return unit;
}

/** The largest unit in which a size has at most one decimal. */
function exactUnit(bytes: number): number {
  let unit = largestUnit(bytes);
  while (unit > 0 && !Number.isInteger((bytes / 1024 ** unit) * TENTHS)) unit--;
  return unit;
}

function inUnit(bytes: number, unit: number): string {
  return String(bytes / 1024 ** unit);
}

function sizeText(bytes: number, unit: number): string {
  return `${inUnit(bytes, unit)} ${BYTE_UNITS[unit] ?? ''}`;
}
