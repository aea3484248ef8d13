import { AppError } from '../../types/errors.ts';
import type { SyncResult } from '../../types/sync-result.ts';
import type { Target } from '../config/select-providers.ts';
import type { CliContext, ConnectOptions } from '../context.ts';

export type SyncMethod = 'syncAll' | 'syncNodes' | 'syncVMs' | 'syncContainers' | 'syncStorage' | 'syncTasks';

export interface SyncOptions extends ConnectOptions {
  acceptRemovals?: boolean;
  trigger: 'manual' | 'auto';
}

/** Syncs providers side by side. One that fails gives a failed result; a run that was interrupted throws. */
export async function syncTargets(
  context: CliContext,
  targets: readonly Target[],
  { method, ...options }: SyncOptions & { method: SyncMethod },
): Promise<SyncResult[]> {
  const progress = await context.progress();
  // Opened before the runs, so that a database that cannot be used ends the command once, and not each provider.
  await context.connection();
  try {
    return await Promise.all(
      targets.map(async (target) => {
        try {
          return await syncTarget(context, target, {
            ...options,
            method,
            report: (name, message) => progress.report(name, message),
          });
        } catch (error) {
          if (!(error instanceof AppError) || context.io.signal.aborted || error.code === 'interrupted') throw error;
          return failedResult(target, error, context.now());
        }
      }),
    );
  } finally {
    progress.stop();
  }
}

async function syncTarget(
  context: CliContext,
  target: Target,
  options: SyncOptions & { method: SyncMethod; report: (name: string, message: string) => void },
): Promise<SyncResult> {
  const sync = await context.openSync(target, options);
  try {
    return await sync.service[options.method]({
      trigger: options.trigger,
      acceptRemovals: options.acceptRemovals === true,
      signal: context.io.signal,
      onProgress: (message, done, total) =>
        options.report(target.used.name, total === undefined ? message : `${message} ${done ?? 0}/${total}`),
    });
  } finally {
    sync.close();
  }
}

function failedResult({ stored }: Target, error: AppError, now: Date): SyncResult {
  return {
    providerId: '',
    providerName: stored.name,
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
