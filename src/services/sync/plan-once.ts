import type { ProviderRules } from '../../providers/rules.ts';
import type { SyncRepository } from '../../repositories/sync/sync-repository.ts';
import type { AuditRecord } from '../../types/audit-record.ts';
import type { Evidence, OperationCall } from '../../types/evidence.ts';
import type { Observation } from '../../types/observation.ts';
import type { KnownState, SyncPlan } from '../../types/plan.ts';
import { explainableSince, lateRecords, planExplanations } from './plan-explanations.ts';
import { type PlannedRun, planSync } from './plan-sync.ts';
import type { PlanOptions } from './run-context.ts';

type Repository = Pick<SyncRepository, 'recordedEvidence' | 'operationCalls' | 'unexplained'>;

/** Plans a run, with what its records tell of earlier ones. */
export async function planOnce(
  repository: Repository,
  known: KnownState,
  seen: Observation,
  options: PlanOptions,
): Promise<Pick<PlannedRun, 'plan' | 'result'>> {
  const { plan, result, evidence } = await planUnrecorded(repository, known, seen, options);
  // A partial run has not read all records.
  if (seen.partialRead !== undefined) return { plan, result };
  const explanations = await explainEarlier(repository, known, {
    records: plan.records,
    evidence,
    rules: options.rules,
  });
  return { plan: { ...plan, explanations }, result };
}

/**
 * The windows of two runs may overlap, so events from the log alone must not be recorded twice: if the plan has any, it is made again
 * with the log records to which the history already refers; and if guests changed to which actions have written, with what those did.
 */
async function planUnrecorded(
  repository: Repository,
  known: KnownState,
  seen: Observation,
  options: PlanOptions,
): Promise<PlannedRun> {
  const first = planSync(known, seen, options);
  const vmids = vmidsFromLog(known, first.plan);
  const since = earliest([known.lastCompleteAt ?? seen.startedAt, ...Object.values(known.incompleteSince)]);
  const recorded = vmids.length === 0 ? null : await repository.recordedEvidence(known.providerId, { vmids, since });
  const calls = await callsOf(repository, known, seen, first.plan);
  if (recorded === null && calls.length === 0) return first;
  return planSync(known, seen, { ...options, ...(recorded !== null && { recorded }), calls });
}

/** Nothing is loaded where no known guest has changed. */
async function callsOf(
  repository: Repository,
  known: KnownState,
  seen: Observation,
  { changes }: SyncPlan,
): Promise<OperationCall[]> {
  const changed = changes.filter(({ kind, event, resourceType }) => {
    return resourceType === 'guest' && kind === 'changed' && event !== 'observed';
  });
  if (changed.length === 0) return [];
  const ids = new Set(changed.map(({ resourceId }) => resourceId));
  const nativeIds = known.guests.filter(({ id }) => ids.has(id)).map(({ nativeId }) => nativeId);
  const since = earliest(changed.map(({ attribution: { notBefore } }) => notBefore ?? seen.startedAt));
  return repository.operationCalls(known.providerId, { nativeIds, since });
}

/** Nothing is loaded where no record came late, as in nearly every run. `records`: those that the run stores. */
async function explainEarlier(
  repository: Repository,
  known: KnownState,
  { records, evidence, rules }: { records: readonly AuditRecord[]; evidence: Evidence; rules: ProviderRules },
): Promise<SyncPlan['explanations']> {
  const late = lateRecords(known, records, evidence);
  const since = explainableSince(late, evidence);
  if (since === null) return [];
  return planExplanations(await repository.unexplained(known.providerId, since), late, { known, evidence, rules });
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
