import pLimit from 'p-limit';
import type { ConnectOptions } from '../../app/app.ts';
import type { Target } from '../../app/config/select-providers.ts';
import { syncWhenFree } from '../../app/sync-target.ts';
import { AppError } from '../../types/errors.ts';
import type { SyncResult } from '../../types/sync-result.ts';
import type { CliContext } from '../context.ts';

export type SyncMethod = 'syncAll' | 'syncNodes' | 'syncVMs' | 'syncContainers' | 'syncStorage' | 'syncTasks';

export interface SyncOptions extends ConnectOptions {
  acceptRemovals?: boolean;
  /** How long the run of one provider may take. */
  timeoutMs: number;
  /** Providers at a time. */
  parallel: number;
  /** How long to wait for a run of another process to end. */
  waitMs?: number | undefined;
}

/**
 * Syncs providers side by side. One that fails gives a failed result, also when another run had the lease for too long; a run
 * that was interrupted throws.
 */
export async function syncTargets(
  context: CliContext,
  targets: readonly Target[],
  { method, parallel, ...options }: SyncOptions & { method: SyncMethod },
): Promise<SyncResult[]> {
  const limit = pLimit(parallel);
  const progress = await context.progress();
  // Opened before the runs, so that a database that cannot be used ends the command once, and not each provider.
  await context.app.connection();
  try {
    return await Promise.all(
      targets.map((target) =>
        limit(async () => {
          const report = (message: string) => progress.report(target.used.name, message);
          try {
            return await syncOne(context, target, { ...options, method }, report);
          } catch (error) {
            if (!(error instanceof AppError) || context.io.signal.aborted || error.code === 'interrupted') throw error;
            return failedResult(target, error, context.now());
          }
        }),
      ),
    );
  } finally {
    progress.stop();
  }
}

type Report = (message: string) => void;

async function syncOne(
  context: CliContext,
  target: Target,
  { method, waitMs = 0, acceptRemovals, ...options }: Omit<SyncOptions, 'parallel'> & { method: SyncMethod },
  report: Report,
): Promise<SyncResult> {
  return syncWhenFree(context.app, target, {
    ...options,
    waitMs,
    acceptRemovals: acceptRemovals === true,
    signal: context.io.signal,
    read: (service, how) => service[method](how),
    onLocked: report,
    onProgress: (message, done, total) => report(total === undefined ? message : `${message} ${done ?? 0}/${total}`),
  });
}

function failedResult({ stored }: Target, error: AppError, now: Date): SyncResult {
  return {
    providerId: '',
    providerName: stored.name,
    runId: null,
    success: false,
    outcome: 'failed',
    error: {
      code: error.code,
      message: error.message,
      ...(error.hint !== undefined && { hint: error.hint }),
      retryable: error.retryable,
    },
    syncedAt: now.toISOString(),
    newHosts: [],
    removedHosts: [],
    existingHosts: [],
    changedHosts: [],
    summary: { total: 0, new: 0, removed: 0, existing: 0, changed: 0, imported: 0 },
    scopes: [],
    held: [],
    warnings: [],
  };
}

/** Says on standard error what went wrong; errors also with `--quiet`. */
export function tellProblems(context: CliContext, results: readonly SyncResult[]): void {
  const { output } = context;
  for (const { providerName, error, warnings } of results) {
    const prefix = results.length > 1 ? `${providerName}: ` : '';
    if (error !== undefined) output.error(`${prefix}${error.message}`, error.hint);
    for (const { message, hint } of warnings) output.warn(`${prefix}${message}`, hint);
  }
}
