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

type Watched = Pick<RollcallClient, 'getState' | 'subscribe' | 'on'>;

/** Refreshes queries whose answers have changed, each once for a version. Returns what ends it. */
export function watchQueries(client: Watched, queries: QueryClient): () => void {
  let last = client.getState();
  const stale = new Set<readonly string[]>();
  function refresh(queryKey: readonly string[]): void {
    if (stale.size === 0) queueMicrotask(refreshStale);
    stale.add(queryKey);
  }
  function refreshStale(): void {
    for (const queryKey of stale) void queries.invalidateQueries({ queryKey });
    stale.clear();
  }
  const unsubscribe = client.subscribe(() => {
    const before = last;
    const now = client.getState();
    last = now;
    if (before === null || now === null) return;
    if (now.epoch !== before.epoch) refresh(queryKeys.all);
    if (now.rev !== before.rev) refresh(queryKeys.history);
    if (now.operations !== before.operations) refresh(queryKeys.operations);
    // A provider tells of its last run.
    if (now.providers !== before.providers) refresh(queryKeys.runs);
  });
  // An operation that came and ended between two versions was never in the state.
  const unfollow = client.on('increment', ({ events }) => {
    if (events.some(({ type }) => type === 'operation_changed')) refresh(queryKeys.operations);
  });
  return () => {
    unsubscribe();
    unfollow();
  };
}
