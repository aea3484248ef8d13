import type { LifecycleWarning } from '../../../src/protocol/feed.ts';

export interface ReleaseWarnings {
  /** What all of them say. */
  first: LifecycleWarning;
  warnings: readonly LifecycleWarning[];
}

const RANK = { ended: 0, soon: 1, later: 2 } as const;

/** One entry for each release, whatever the number of its hosts; the most urgent first. */
export function groupByRelease(warnings: readonly LifecycleWarning[]): ReleaseWarnings[] {
  const releases = new Map<string, [LifecycleWarning, ...LifecycleWarning[]]>();
  for (const warning of warnings) {
    const key = `${warning.release} ${warning.ends}`;
    const known = releases.get(key);
    if (known === undefined) releases.set(key, [warning]);
    else known.push(warning);
  }
  return [...releases.values()]
    .map((list) => ({ first: list[0], warnings: list }))
    .sort((a, b) => RANK[a.first.urgency] - RANK[b.first.urgency] || a.first.ends.localeCompare(b.first.ends));
}
