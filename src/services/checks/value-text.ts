import type { Value } from '../../types/document.ts';

const UNITS = ['K', 'M', 'G', 'T', 'P'] as const;

/** As files of expectations write it: `4G`, `1536M`. Sizes below one KiB, which no guest has, are `0`. */
export function sizeText(bytes: number): string {
  let [value, unit] = [bytes / 1024, 0];
  while (value % 1024 === 0 && value > 0 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return value < 1 ? '0' : `${Number(value.toFixed(3))}${UNITS[unit] ?? ''}`;
}

/** `3d`, `20h`, `5m`: whole units, rounded down. */
export function ageText(ageMs: number): string {
  const minutes = Math.max(0, Math.floor(ageMs / 60_000));
  if (minutes < 60) return `${minutes}m`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)}h` : `${Math.floor(minutes / (24 * 60))}d`;
}

export function flagText(flag: boolean): string {
  return flag ? 'yes' : 'no';
}

export function valueText(value: Value | null): string {
  if (value === null) return 'not set';
  return typeof value === 'object' ? value.join(', ') : String(value);
}
