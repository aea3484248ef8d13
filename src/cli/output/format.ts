import type { Value } from '../../types/document.ts';
import { effectivePath, isPendingPath, PENDING_DELETE } from '../../types/pending-path.ts';
import { clip, differenceOf } from './value-difference.ts';
import { changeWithUnit, valueWithUnit } from './value-units.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const NOTHING = '-';

/** `1.5 GiB`. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return NOTHING;
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toFixed(1))} ${UNITS[unit] ?? ''}`;
}

/** `3.1 %` of a share of 0.031. */
export function formatPercent(share: number | null | undefined): string {
  return share === null || share === undefined ? NOTHING : `${Number((share * 100).toFixed(1))} %`;
}

/** `4 min`, `3 h`, `12 d`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** `3 min ago`. A time that is ahead of our clock is now. */
export function formatAge(time: Date | null, now: Date): string {
  if (time === null) return 'never';
  const ageMs = now.getTime() - time.getTime();
  return ageMs < 1000 ? 'just now' : `${formatDuration(ageMs)} ago`;
}

/** `next try in 28 s`. */
export function formatNextTry(time: Date, now: Date): string {
  const waitMs = time.getTime() - now.getTime();
  return waitMs <= 0 ? 'tried again by the next run' : `next try in ${formatDuration(waitMs)}`;
}

/** `2026-11-21 10:00:05` on the user's clock. */
export function formatLocal(time: Date): string {
  const date = [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(twoDigits).join('-');
  return `${date} ${formatClock(time)}`;
}

/** `10:00:05` on the user's clock. */
export function formatClock(time: Date): string {
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':');
}

/** `2026-11-21T10:00:05+01:00`. */
export function formatLocalIso(time: Date): string {
  const offset = -time.getTimezoneOffset();
  const zone = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60].map(twoDigits).join(':');
  return `${formatLocal(time).replace(' ', 'T')}${offset < 0 ? '-' : '+'}${zone}`;
}

function twoDigits(part: number): string {
  return String(part).padStart(2, '0');
}

/** A tracked value: sizes and rates with their unit, `(none)` for what is not there. */
export function formatValue(path: string, value: Value | null): string {
  if (value === null) return '(none)';
  if (typeof value === 'number') return valueWithUnit(path, value) ?? String(value);
  if (typeof value === 'object') return value.length === 0 ? '(none)' : value.join(', ');
  return value === '' ? "''" : String(value);
}

/** Characters of two values that stand beside each other whole. */
const MAX_WHOLE = 160;

/** Both sides of a changed value: whole when they are short, else what differs. */
export function formatSides(
  path: string,
  before: Value | null,
  after: Value | null,
): { before: string; after: string; isItems: boolean } {
  const [old, now] = [formatValue(path, before), formatValue(path, after)];
  if (old.length + now.length <= MAX_WHOLE) return { before: old, after: now, isItems: false };
  const difference = before === null || after === null ? null : differenceOf(before, after);
  if (difference === null) return { before: clip(old), after: clip(now), isItems: false };
  if (difference.kind === 'sides') return { ...difference, isItems: false };
  const [removed, added] = [difference.removed, difference.added];
  return { before: removed && `removed ${removed}`, after: added && `added ${added}`, isItems: true };
}

/** `memory 4 → 8 GiB`; of long values what differs: `lxc removed lxc.cap.drop sys_admin`. */
export function formatFieldChange(path: string, before: Value | null, after: Value | null): string {
  return isPendingPath(path) ? formatPending(path, before, after) : `${path} ${formatArrow(path, before, after)}`;
}

/** `memory 8 GiB pending`, `memory 8 GiB no longer pending`, `memory 8 → 6 GiB pending`, `net1 removal pending`. */
function formatPending(path: string, before: Value | null, after: Value | null): string {
  const setting = effectivePath(path);
  if (before !== null && after !== null) return `${setting} ${formatArrow(path, before, after)} pending`;
  const what = path.startsWith(PENDING_DELETE) ? 'removal' : clip(formatValue(path, before ?? after));
  return `${setting} ${what} ${after === null ? 'no longer pending' : 'pending'}`;
}

/** `4 → 8 GiB`, without the path. */
export function formatArrow(path: string, before: Value | null, after: Value | null): string {
  const sizes = typeof before === 'number' && typeof after === 'number' ? changeWithUnit(path, before, after) : null;
  if (sizes !== null) return sizes;
  const sides = formatSides(path, before, after);
  if (!sides.isItems) return `${sides.before} → ${sides.after}`;
  return [sides.before, sides.after].filter((side) => side !== '').join('; ');
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `3,479`. Intl would take 7 ms to load. */
export function formatCount(count: number): string {
  const digits = String(count);
  const first = digits.length % 3;
  const groups = first === 0 ? [] : [digits.slice(0, first)];
  for (let start = first; start < digits.length; start += 3) groups.push(digits.slice(start, start + 3));
  return groups.join(',');
}
