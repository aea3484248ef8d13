import type { SyncResult } from '../../../src/types/sync-result.ts';

/** What `discover-all -o json` prints: one result, or one for each provider. Of other operations there is none. */
export function toSyncResults(result: unknown): SyncResult[] {
  return [result].flat().filter(isSyncResult);
}

function isSyncResult(value: unknown): value is SyncResult {
  return typeof value === 'object' && value !== null && 'summary' in value && 'newHosts' in value;
}
