import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../providers/provider.ts';
import { withDeadline } from '../services/sync/deadline.ts';
import type { SyncOptions, SyncService } from '../services/sync/sync-service.ts';
import type { SyncResult } from '../types/sync-result.ts';
import type { App, ConnectOptions } from './app.ts';
import type { Target } from './config/select-providers.ts';

export interface SyncTargetOptions extends ConnectOptions {
  /** What to read: a method of the service with everything that it needs. */
  read: (service: SyncService, options: SyncOptions) => Promise<SyncResult>;
  acceptRemovals: boolean;
  /** How long the run may take. */
  timeoutMs: number;
  /** How long to wait for a run of another process to end. */
  waitMs: number;
  signal: AbortSignal;
  onProgress: Progress;
  /** Another run has the lease, as `message` says. */
  onLocked: (message: string) => void;
}

const FIRST_WAIT_MS = 250;
const MOST_WAIT_MS = 5000;

/** Syncs one provider. Tries again, less and less often, as long as another run has the lease and there is time to wait. */
export async function syncWhenFree(app: App, target: Target, options: SyncTargetOptions): Promise<SyncResult> {
  const { signal, waitMs: mostMs } = options;
  const endMs = performance.now() + mostMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, MOST_WAIT_MS)) {
    const result = await syncTarget(app, target, options);
    const restMs = endMs - performance.now();
    if (result.error?.code !== 'locked' || restMs <= 0) return result;
    options.onLocked(result.error.message);
    // Ended early by an interruption, which the next try tells.
    await sleep(Math.min(waitMs, restMs), undefined, { signal }).catch(() => undefined);
  }
}

async function syncTarget(
  app: App,
  target: Target,
  { read, acceptRemovals, timeoutMs, signal, onProgress, waitMs: _, onLocked: __, ...connect }: SyncTargetOptions,
): Promise<SyncResult> {
  const sync = await app.openSync(target, { ...connect, signal });
  try {
    return await withDeadline({ timeoutMs, signal }, (limited) =>
      read(sync.service, { trigger: 'manual', acceptRemovals, signal: limited, onProgress }),
    );
  } finally {
    sync.close();
  }
}
