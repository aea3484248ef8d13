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
export function without(range: HourRange, others: readonly HourRange[]): HourRange[] {
  return withoutAll([range], others).flat();
}

/**
 * What of each range is in none of the others, and in no range before it. `ranges` are in the order of their first hours: both lists
 * are gone through once, since a guest has a range for each run where runs are hours apart.
 */
export function withoutAll(ranges: readonly HourRange[], others: readonly HourRange[]): HourRange[][] {
  const taken = joined(others);
  let next = 0;
  let reached = -Infinity;
  return ranges.map(([from, to]) => {
    const left: HourRange[] = [];
    let start = Math.max(from, reached);
    while ((taken[next]?.[1] ?? Infinity) <= start) next += 1;
    for (let index = next; start < to; index += 1) {
      const [first, end] = taken[index] ?? [to, to];
      if (first > start) left.push([start, Math.min(first, to)]);
      start = Math.max(start, end);
      if (first >= to) break;
    }
    reached = Math.max(reached, to);
    return left;
  });
}

export function countHours(ranges: readonly HourRange[]): number {
  return joined(ranges).reduce((sum, [from, to]) => sum + to - from, 0);
}
