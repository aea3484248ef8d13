import type { HourRange } from '../../types/billing.ts';

/** Sorted, without overlaps and empty ranges; ranges that touch become one. */
export function joined(ranges: readonly HourRange[]): HourRange[] {
  const result: HourRange[] = [];
  for (const [from, to] of ranges.filter(([first, end]) => first < end).sort(([a], [b]) => a - b)) {
    const last = result.at(-1);
    if (last === undefined || last[1] < from) result.push([from, to]);
    else if (last[1] < to) result[result.length - 1] = [last[0], to];
  }
  return result;
}

/** What of a range is in none of the others. */
export function without([from, to]: HourRange, others: readonly HourRange[]): HourRange[] {
  const left: HourRange[] = [];
  let start = from;
  for (const [first, end] of joined(others)) {
    if (end <= start || first >= to) continue;
    if (first > start) left.push([start, first]);
    start = Math.max(start, end);
  }
  if (start < to) left.push([start, to]);
  return left;
}

export function countHours(ranges: readonly HourRange[]): number {
  return joined(ranges).reduce((sum, [from, to]) => sum + to - from, 0);
}
