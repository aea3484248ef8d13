import type { AppError } from '../../types/errors.ts';
import type { KnownState, RunRecord, SyncPlan } from '../../types/plan.ts';
import type { SyncResult } from '../../types/sync-result.ts';

/** A plan that only records a failed run. */
export function toFailedPlan(
  known: Pick<KnownState, 'incompleteSince'>,
  run: Pick<RunRecord, 'id' | 'providerId' | 'trigger' | 'requested' | 'startedAt' | 'finishedAt'>,
  error: AppError,
): SyncPlan {
  return {
    run: {
      ...run,
      outcome: 'failed',
      scopes: [],
      warnings: [],
      counts: { total: 0, new: 0, removed: 0, existing: 0, changed: 0 },
      error: toErrorRecord(error),
    },
    identity: null,
    permissions: null,
    held: null,
    lastCompleteAt: null,
    incompleteSince: known.incompleteSince,
    guests: [],
    nodes: [],
    storages: [],
    changes: [],
    explanations: [],
    snapshots: [],
    records: [],
    sightings: null,
    guestTelemetry: [],
    nodeTelemetry: [],
    storageOnNodes: [],
  };
}

function toErrorRecord({ code, message, hint }: AppError) {
  return { code, message, ...(hint !== undefined && { hint }) };
}

export function toResultError(error: AppError): NonNullable<SyncResult['error']> {
  return { ...toErrorRecord(error), retryable: error.retryable };
}
