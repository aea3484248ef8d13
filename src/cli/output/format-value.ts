import type { Document, Value } from '../../types/document.ts';
import { effectivePath, isPendingPath, PENDING_DELETE } from '../../types/pending-path.ts';
import { clip, differenceOf } from './value-difference.ts';
import { changeWithUnit, valueWithUnit } from './value-units.ts';

/** A tracked value: sizes and rates with their unit, `(none)` for what is not there. */
export function formatValue(path: string, value: Value | null): string {
  if (value === null) return '(none)';
  if (typeof value === 'number') return valueWithUnit(path, value) ?? String(value);
  if (typeof value === 'object') return value.length === 0 ? '(none)' : value.join(', ');
  return value === '' ? "''" : String(value);
}

/** Whether it is one value, and no whole document. */
export function isValue(value: Value | Document | null): value is Value | null {
  return typeof value !== 'object' || value === null || Array.isArray(value);
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
