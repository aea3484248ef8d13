import type { SyncResult } from '../../types/sync-result.ts';

/** The result of a run that could not read the provider, or could not store the observation. */
export function toFailedResult(
  provider: { id: string; name: string },
  error: NonNullable<SyncResult['error']>,
  at: Date,
): SyncResult {
  return {
    providerId: provider.id,
    providerName: provider.name,
    runId: null,
    success: false,
    outcome: 'failed',
    error,
    syncedAt: at.toISOString(),
    newHosts: [],
    removedHosts: [],
    existingHosts: [],
    changedHosts: [],
    held: [],
    scopes: [],
    warnings: [],
    summary: { total: 0, new: 0, removed: 0, existing: 0, changed: 0, imported: 0 },
  };
}
