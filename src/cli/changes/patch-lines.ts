import { diffArrays } from 'diff';
import type { ChangeRecord } from '../../types/change-record.ts';
import type { Value } from '../../types/document.ts';
import { formatValue, isValue } from '../output/format-value.ts';
import type { Part } from '../output/table.ts';
import { itemsOf } from '../output/value-difference.ts';

/** Lines that come and go at most; texts that differ by more are shown one after the other. */
const MOST_EDITS = 2000;

/** The whole values of each field, before and after; of long texts line by line. */
export function patchLines(records: readonly ChangeRecord[]): Part[][] {
  return records.flatMap(({ path, before, after }) => {
    if (path !== null) return fieldDiff(path, toValue(before), toValue(after));
    const [old, now] = [toEntries(before), toEntries(after)];
    return [
      ...[...old].flatMap(([field, value]) => fieldDiff(field, value, null)),
      ...[...now].flatMap(([field, value]) => fieldDiff(field, null, value)),
    ];
  });
}

function fieldDiff(path: string, before: Value | null, after: Value | null): Part[][] {
  const [old, now] = [linesOf(path, before), linesOf(path, after)];
  if (Math.max(old.length, now.length) <= 1) {
    return [...old.map((text) => removed(`${path}: ${text}`)), ...now.map((text) => added(`${path}: ${text}`))];
  }
  return [[{ text: `  ${path}:` }], ...lineDiff(old, now)];
}

function lineDiff(old: readonly string[], now: readonly string[]): Part[][] {
  const parts = diffArrays([...old], [...now], { maxEditLength: MOST_EDITS });
  if (parts === undefined) return [...old.map(removed), ...now.map(added)];
  return parts.flatMap(({ value, removed: isOld, added: isNew }) =>
    value.map((text) => (isOld ? removed(text) : isNew ? added(text) : [{ text: `  ${text}` }])),
  );
}

function removed(text: string): Part[] {
  return [{ text: `- ${text}`, tone: 'bad' }];
}

function added(text: string): Part[] {
  return [{ text: `+ ${text}`, tone: 'good' }];
}

/** Texts of several lines and lists are compared item by item; nothing of what is not there. */
function linesOf(path: string, value: Value | null): readonly string[] {
  if (value === null) return [];
  const items = typeof value === 'string' || typeof value === 'object' ? itemsOf(value) : null;
  return items !== null && items.length > 1 ? items : [formatValue(path, value)];
}

function toValue(value: ChangeRecord['before']): Value | null {
  return isValue(value) ? value : null;
}

function toEntries(value: ChangeRecord['before']): readonly [string, Value][] {
  return isValue(value) ? [] : Object.entries(value);
}
