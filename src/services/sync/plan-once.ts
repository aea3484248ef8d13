import type { SyncRepository } from '../../repositories/sync/sync-repository.ts';
import type { Observation } from '../../types/observation.ts';
import type { KnownState, SyncPlan } from '../../types/plan.ts';
import { planSync } from './plan-sync.ts';
import type { PlanOptions } from './run-context.ts';

/**
 * Plans a run. The windows of two runs may overlap, so events from the log alone must not be recorded twice: if the plan
 * has any, it is made again with the log records to which the history already refers.
 */
export async function planOnce(
  repository: Pick<SyncRepository, 'recordedEvidence'>,
  known: KnownState,
  seen: Observation,
  options: PlanOptions,
): Promise<ReturnType<typeof planSync>> {
  const first = planSync(known, seen, options);
  const vmids = vmidsFromLog(known, first.plan);
  if (vmids.length === 0) return first;
  const since = earliest([known.lastCompleteAt ?? seen.startedAt, ...Object.values(known.incompleteSince)]);
  const recorded = await repository.recordedEvidence(known.providerId, { vmids, since });
  return planSync(known, seen, { ...options, recorded });
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
