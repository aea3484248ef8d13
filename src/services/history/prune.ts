import type { AuditRepository } from '../../repositories/maintenance/audit-repository.ts';
import type { PrunePlan, PruneRepository } from '../../repositories/maintenance/prune-repository.ts';
import { AppError } from '../../types/errors.ts';
import type { Problem, PruneOptions, PruneReport } from '../../types/history-query.ts';
import { planPrune } from './plan-prune.ts';
import { Thinning } from './thinning.ts';
import { verifyHistory } from './verify.ts';

const SHOWN_PROBLEMS = 3;

interface Repositories {
  prune: PruneRepository;
  audit: AuditRepository;
}

/**
 * Drops details before a time. What was there, when it came and went, and all that happened since stay. Throws AppError
 * `altered` when the history is not whole: what was changed could not be told from the rest any more once it is thinned.
 */
export async function pruneHistory(
  repositories: Repositories,
  { before, now, dryRun = false }: PruneOptions,
): Promise<PruneReport> {
  const { prune } = repositories;
  const plan = await toPlan(repositories, before, now);
  const old = await prune.countOld(before);
  const rev = dryRun ? null : await prune.apply(plan);
  const { upToRev, digests, dropped } = plan;
  return { dryRun, before, upToRev, changes: digests.length, snapshots: dropped.length, ...old, rev };
}

async function toPlan({ prune, audit }: Repositories, before: Date, now: Date): Promise<PrunePlan> {
  const upToRev = await prune.lastRevisionBefore(before);
  const last = await prune.lastPrune();
  const isNews = upToRev > last.upToRev;
  const thinning = new Thinning(isNews ? upToRev : 0);
  const { problems } = await verifyHistory(audit, { thinning });
  if (problems.length > 0) throw refusal(problems);
  const { digests, thinned, lastChanges, documents } = thinning;
  const shortcuts = isNews ? await prune.listShortcuts(upToRev) : [];
  const plan = { before, now, upToRev, afterPrune: last.rev, digests, thinned };
  return { ...plan, ...planPrune({ lastChanges, documents, shortcuts }) };
}

function refusal(problems: readonly Problem[]): AppError {
  const shown = problems.slice(0, SHOWN_PROBLEMS).map(({ where, message }) => `${where}: ${message}`);
  const more = problems.length > SHOWN_PROBLEMS ? ` (and ${problems.length - SHOWN_PROBLEMS} more)` : '';
  return new AppError('altered', `The history is not whole, and nothing was dropped: ${shown.join('; ')}${more}`, {
    hint: 'Run `rollcall verify` to see everything that was changed, and compare the database with a backup.',
  });
}
