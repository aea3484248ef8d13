import type { WatchClaims } from '../../repositories/providers/watch-claims.ts';
import { AppError } from '../../types/errors.ts';
import type { SyncResult } from '../../types/sync-result.ts';
import { withDeadline } from '../sync/deadline.ts';
import { toFailedResult } from '../sync/failed-result.ts';
import { toResultError } from '../sync/failed-run.ts';
import { retryAfterMs } from './backoff.ts';
import type { OpenedSync, WatchOptions, WatchReport } from './watch-types.ts';
import type { WatchedProvider } from './watched-provider.ts';

/** After this many refusals in a row, a credential is not tried again: some directories lock the account. */
const MOST_REFUSALS = 3;

export interface JobDeps {
  claims: Pick<WatchClaims, 'recordFailure' | 'countFailures'>;
  report: WatchReport;
  options: WatchOptions;
  clock: () => Date;
  /** 0 to 1. */
  random: () => number;
}

export type JobKind = 'run' | 'feeds';

/** A failure that says nothing about the provider: the database, or a bug. */
export class Trouble extends Error {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super('trouble');
    this.reason = reason;
  }
}

/**
 * Makes one full run or one poll and records its outcome. Throws Trouble for failures that are not the provider's; an
 * interruption is no failure.
 */
export async function doJob(
  provider: WatchedProvider,
  kind: JobKind,
  deps: JobDeps & { signal: AbortSignal },
): Promise<void> {
  const { clock, signal, options } = deps;
  const startedAt = clock();
  if (kind === 'run') provider.runStarted(startedAt.getTime());
  let calls = () => 0;
  try {
    const sync = await provider.open();
    const before = sync.requestCount();
    calls = () => sync.requestCount() - before;
    const result = await withDeadline({ timeoutMs: options.timeoutMs, signal }, async (limited) => {
      if (kind === 'run') await takeCursor(provider, sync, options, limited);
      return work(provider, sync, { kind, deps, signal: limited });
    });
    await settle(provider, result, { kind, deps, startedAt, calls: calls() });
  } catch (error) {
    if (signal.aborted || (error instanceof AppError && error.code === 'interrupted')) return;
    if (!(error instanceof AppError) || error.code.startsWith('database')) {
      provider.postpone(clock().getTime(), kind);
      throw error instanceof Trouble ? error : new Trouble(error);
    }
    const result = toFailedResult(provider.row, toResultError(error), clock());
    await settle(provider, result, { kind, deps, startedAt, calls: calls() });
  } finally {
    if (kind === 'feeds') provider.polled(clock().getTime());
  }
}

async function work(
  provider: WatchedProvider,
  { service }: OpenedSync,
  { kind, deps, signal }: { kind: JobKind; deps: JobDeps; signal: AbortSignal },
): Promise<SyncResult | null> {
  if (kind === 'run') return service.syncAll({ trigger: 'auto', signal });
  const polled = await service.syncChanged(provider.cursor, { signal });
  provider.cursor = polled.cursor;
  if (polled.fullRun !== null) {
    provider.wantRun(deps.clock().getTime());
    deps.report.say('info', `a full run is brought forward: ${polled.fullRun}`, { provider: provider.name });
  }
  return polled.result;
}

/** Polls before the first full run, so that the next poll finds what changes during the run. */
async function takeCursor(
  provider: WatchedProvider,
  { service }: OpenedSync,
  { feedIntervalMs }: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  if (feedIntervalMs === null || provider.cursor !== null) return;
  // A failed poll leaves no cursor. The run that follows reports the failure.
  provider.cursor = (await service.syncChanged(null, { signal })).cursor;
}

async function settle(
  provider: WatchedProvider,
  result: SyncResult | null,
  { kind, deps, startedAt, calls }: { kind: JobKind; deps: JobDeps; startedAt: Date; calls: number },
): Promise<void> {
  const { report, clock } = deps;
  const error = result?.outcome === 'failed' ? result.error : undefined;
  const durationMs = clock().getTime() - startedAt.getTime();
  if (error?.code === 'locked') {
    provider.postpone(clock().getTime(), kind);
    provider.tellOnce(error.message, () => report.say('info', error.message, { provider: provider.name }));
    return;
  }
  if (error?.code.startsWith('database')) {
    provider.postpone(clock().getTime(), kind);
    throw new Trouble(new AppError('database', error.message, { hint: error.hint ?? '' }));
  }
  await report.ended({ provider: provider.name, kind, result, durationMs, calls });
  if (error === undefined) provider.succeeded();
  else await recordFailure(provider, error, deps);
}

export async function recordFailure(
  provider: WatchedProvider,
  { code, message }: { code: string; message: string },
  { claims, options, clock, random, report }: JobDeps,
): Promise<void> {
  const { id, name, failures } = provider.row;
  // The next job opens a new connection: the secret behind a reference may have changed.
  await provider.close();
  const refusals = code === 'unauthenticated' ? await claims.countFailures(id, code, MOST_REFUSALS) : 0;
  const isPaused = refusals >= MOST_REFUSALS;
  const waitMs = retryAfterMs(failures + 1, { firstMs: options.retryMs, random: random() });
  const now = clock();
  await claims.recordFailure(id, { now, retryAfterMs: waitMs, pauseReason: isPaused ? message : null });
  provider.failed(new Date(now.getTime() + waitMs), isPaused ? now : null);
  if (isPaused) {
    const hint = `Give it another credential with \`rollcall providers update ${name}\`, or try again with \`rollcall providers enable ${name}\`.`;
    report.say('error', `paused: the credential was refused ${refusals} times in a row`, { provider: name, hint });
  } else {
    report.say('warn', `tried again in ${Math.round(waitMs / 1000)} s (failure ${failures + 1} in a row)`, {
      provider: name,
    });
  }
}
