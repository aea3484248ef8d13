import type { QueryClient } from '@tanstack/react-query';
import type { RollcallClient } from '../public.ts';

/** Keys of the queries, for whoever wants to read or refresh them. */
export const queryKeys = {
  all: ['rollcall'],
  /** What the history says: its queries are refreshed with each revision. */
  history: ['rollcall', 'history'],
  /** Refreshed when an operation came, went or moved on. */
  operations: ['rollcall', 'operations'],
  /** Refreshed when a run has ended. */
  runs: ['rollcall', 'runs'],
} as const;

/** Refreshes queries whose answers have changed. Returns what ends it. */
export function watchQueries(client: RollcallClient, queries: QueryClient): () => void {
  let last = client.getState();
  return client.subscribe(() => {
    const before = last;
    const now = client.getState();
    last = now;
    if (before === null || now === null) return;
    const stale: (readonly string[])[] = [];
    if (now.epoch !== before.epoch) stale.push(queryKeys.all);
    if (now.rev !== before.rev) stale.push(queryKeys.history);
    if (now.operations !== before.operations) stale.push(queryKeys.operations);
    // A provider tells of its last run.
    if (now.providers !== before.providers) stale.push(queryKeys.runs);
    for (const queryKey of stale) void queries.invalidateQueries({ queryKey });
  });
}
