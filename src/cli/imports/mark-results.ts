import { withImports } from '../../services/imports/mark-results.ts';
import type { SyncResult } from '../../types/sync-result.ts';
import type { CliContext } from '../context.ts';

/** Results that say which guests are imported. */
export async function markResults(context: CliContext, results: readonly SyncResult[]): Promise<SyncResult[]> {
  const imported = await (await context.app.imports()).list();
  return results.map((result) => withImports(result, imported));
}
