import type { SyncRepository } from '../../repositories/sync/sync-repository.ts';
import type { Observation } from '../../types/observation.ts';
import type { KnownState, SyncPlan } from '../../types/plan.ts';
import { explainableSince, lateRecords } from './plan-explanations.ts';
import { planSync } from './plan-sync.ts';
import type { PlanOptions } from './run-context.ts';

/**
 * Plans a run. The windows of two runs may overlap, so events from the log alone must not be recorded twice: if the plan
 * has any, it is made again with the log records to which the history already refers.
 */
export async function planOnce(
  repository: Pick<SyncRepository, 'recordedEvidence' | 'unexplained'>,
  known: KnownState,
  seen: Observation,
  given: PlanOptions,
): Promise<ReturnType<typeof planSync>> {
  const options = { ...given, ...(await unexplainedBy(repository, known, seen)) };
  const first = planSync(known, seen, options);
  const vmids = vmidsFromLog(known, first.plan);
  if (vmids.length === 0) return first;
  const since = earliest([known.lastCompleteAt ?? seen.startedAt, ...Object.values(known.incompleteSince)]);
  const recorded = await repository.recordedEvidence(known.providerId, { vmids, since });
  return planSync(known, seen, { ...options, recorded });
}

/** Nothing is loaded where no record came late, as in nearly every run. */
async function unexplainedBy(
  repository: Pick<SyncRepository, 'unexplained'>,
  known: KnownState,
  { records, clockSkewMs }: Observation,
): Promise<Pick<PlanOptions, 'unexplained'>> {
  const told = { records, clockSkewMs: clockSkewMs ?? 0 };
  const since = explainableSince(lateRecords(known, told), told);
  return since === null ? {} : { unexplained: await repository.unexplained(known.providerId, since) };
}

function earliest(times: readonly (Date | string)[]): Date {
  return new Date(Math.min(...times.map((time) => new Date(time).getTime())));
}

/** Guests for which a plan records events from the log. */
function vmidsFromLog(known: KnownState, { changes, guests }: SyncPlan): number[] {
  const ids = new Set(changes.filter(({ event }) => event === 'from-log').map(({ resourceId }) => resourceId));
  if (ids.size === 0) return [];
  const told = [...known.guests, ...guests].filter(({ id }) => ids.has(id));
  return [...new Set(told.map(({ vmid }) => vmid))].filter((vmid) => vmid !== null);
}
