import type { HistoryRepository } from '../../repositories/history-repository.ts';
import type { PrunePlan, PruneRepository } from '../../repositories/prune-repository.ts';
import type { PruneOptions, PruneReport } from '../../types/history-query.ts';
import { statesAtRevision } from '../inventory/past-rows.ts';
import { planPrune } from './plan-prune.ts';

/** Drops details before a time. What was there, when it came and went, and all that happened since stay. */
export async function pruneHistory(
  repositories: { prune: PruneRepository; history: HistoryRepository },
  { before, now, dryRun = false }: PruneOptions,
): Promise<PruneReport> {
  const { prune } = repositories;
  const plan = await toPlan(repositories, before, now);
  const old = await prune.countOld(before);
  const rev = dryRun ? null : await prune.apply(plan);
  const { upToRev, changes, dropped } = plan;
  return { dryRun, before, upToRev, changes, snapshots: dropped.length, ...old, rev };
}

async function toPlan(
  { prune, history }: { prune: PruneRepository; history: HistoryRepository },
  before: Date,
  now: Date,
): Promise<PrunePlan> {
  const upToRev = await prune.lastRevisionBefore(before);
  const last = await prune.lastPrune();
  const nothing = { before, now, upToRev, afterPrune: last.rev, changes: 0, bases: [], dropped: [] };
  if (upToRev <= last.upToRev) return nothing;
  const changes = await prune.countThinnable(upToRev);
  const shortcuts = await prune.listShortcuts(upToRev);
  const documents = await statesAtRevision(history, await prune.currentStates(), upToRev);
  const lastChanges = await prune.lastChanges(upToRev);
  return { ...nothing, changes, ...planPrune({ lastChanges, documents, shortcuts }) };
}
