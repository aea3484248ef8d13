import { afterEach, expect, it } from '@jest/globals';
import type { WatchClaims, WatchRow } from '../../src/repositories/providers/watch-claims.ts';
import { toFailedResult } from '../../src/services/sync/failed-result.ts';
import type { PollResult } from '../../src/services/sync/partial-run.ts';
import type { WatchOptions, WatchReport } from '../../src/services/watch/watch-types.ts';
import { Watcher } from '../../src/services/watch/watcher.ts';
import { AppError } from '../../src/types/errors.ts';
import type { SyncResult } from '../../src/types/sync-result.ts';
import { CONFIG } from '../helpers/plans.ts';
import { until } from './processes.ts';

const OPTIONS: WatchOptions = {
  intervalMs: 50,
  feedIntervalMs: null,
  parallel: 1,
  timeoutMs: 60_000,
  graceMs: 1000,
  retryMs: 50,
};
const QUIET: PollResult = { cursor: { takenAt: new Date() }, result: null, fullRun: null };

const done = (): SyncResult => ({
  ...toFailedResult({ id: 'p', name: 'home' }, { code: '', message: '', retryable: false }, new Date()),
  outcome: 'complete',
  success: true,
});
const failed = (code: string, message: string) =>
  toFailedResult({ id: 'p', name: 'home' }, { code, message, retryable: true }, new Date());

type Run = (signal: AbortSignal) => Promise<SyncResult>;

const enders: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of enders.splice(0)) await end();
});

/** A watcher of one provider whose runs are scripted; the last one repeats. */
function watcherOf(runs: Run[], options: Partial<WatchOptions> = {}, polls: (() => Promise<PollResult>)[] = []) {
  const said: string[] = [];
  const world = { said, failures: [] as (string | null)[], ran: 0, closed: 0, isAway: false, ended: 0 };
  const row: WatchRow = {
    id: 'p',
    name: 'home',
    isEnabled: true,
    schedule: { autoDiscover: true, discoverInterval: null, discoverCron: null },
    lastRunAt: null,
    failures: 0,
    retryAt: null,
    pausedAt: null,
    pauseReason: null,
    claim: null,
    isRunning: false,
  };
  const claims = {
    list: async () => (world.isAway ? Promise.reject(new AppError('database', 'The database is away')) : [row]),
    take: async () => true,
    renew: async () => undefined,
    release: async () => undefined,
    ensure: async () => undefined,
    countFailures: async () => 0,
    lastFullRunAt: async () => null,
    recordFailure: async (_id: string, { pauseReason }: { pauseReason: string | null }) => {
      world.failures.push(pauseReason);
    },
  } as unknown as WatchClaims;
  const service = {
    syncAll: async ({ signal }: { signal?: AbortSignal } = {}) =>
      (runs[Math.min(world.ran++, runs.length - 1)] ?? (async () => done()))(signal ?? new AbortController().signal),
    syncChanged: async () => (polls.shift() ?? (async () => QUIET))(),
  };
  const report: WatchReport = {
    say: (level, message) => void said.push(`${level} ${message}`),
    ended: () => void world.ended++,
    watches: () => undefined,
  };
  const open = async () => ({ service, requestCount: () => 0, close: () => void world.closed++ });
  const stop = new AbortController();
  const watcher = new Watcher({
    claims,
    targets: async () => [{ name: 'home', config: CONFIG, settings: '', open }],
    holder: 'self',
    isDead: () => false,
    clock: () => new Date(),
    random: () => 0.5,
    report,
    options: { ...OPTIONS, ...options },
    refreshEveryMs: 100,
  });
  const running = watcher.run({ stop: stop.signal, abort: new AbortController().signal });
  enders.push(async () => {
    stop.abort();
    await running;
  });
  return { world, watcher };
}

it('counts a bug as a failure, with its stack in the log, and goes on', async () => {
  const { world } = watcherOf([() => Promise.reject(new TypeError('x is not a function')), async () => done()]);
  await until('it goes on', () => world.ran >= 2);
  expect(world.said[0]).toMatch(/^error this is a bug in Rollcall: TypeError: x is not a function\n +at /);
  expect(world.failures).toEqual([null]);
});

it('ends a run that takes too long, and tries again', async () => {
  const endless: Run = (signal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const { world } = watcherOf([endless, async () => done()], { timeoutMs: 100 });
  await until('it goes on', () => world.ran >= 2);
  expect(world.said).toEqual(['warn tried again in 0 s (failure 1 in a row)']);
  expect(world.closed).toBe(1);
});

it('says once who has the lease, and counts no failure', async () => {
  const { world } = watcherOf([async () => failed('locked', 'Provider home is being synced by 7@far')]);
  await until('it has tried twice', () => world.ran >= 2);
  expect(world.said).toEqual(['info Provider home is being synced by 7@far']);
  expect(world.failures).toEqual([]);
});

it('blames the database and not the provider when it is away, once, and is not ready meanwhile', async () => {
  const { world, watcher } = watcherOf([
    async () => {
      world.isAway = true;
      return failed('database', 'The database is away');
    },
    async () => done(),
  ]);
  await until('it is told', () => world.said.length > 0);
  expect(watcher.health.isReady).toBe(false);
  expect(world.said).toEqual(['error The database is away']);
  world.isAway = false;
  await until('it goes on', () => world.ended > 0);
  expect(world.said).toEqual(['error The database is away', 'info the database answers again']);
  expect(watcher.health.isReady).toBe(true);
  expect(world.failures).toEqual([]);
});

it('tells a moment in which the database was not there', async () => {
  const { world } = watcherOf([async () => failed('database', 'is busy with another write'), async () => done()]);
  await until('it is told', () => world.said.length > 0);
  expect(world.said).toEqual(['warn is busy with another write']);
  await until('it goes on', () => world.ended > 0);
});

it('backs off when the feeds fail, and says why a run is brought forward', async () => {
  const fullRun = async (): Promise<PollResult> => ({ ...QUIET, fullRun: 'a node went offline' });
  const broken = async (): Promise<PollResult> => ({ ...QUIET, result: failed('unreachable', 'no answer') });
  const options = { feedIntervalMs: 20, intervalMs: 3_600_000 };
  const { world } = watcherOf([async () => done()], options, [async () => QUIET, fullRun, broken]);
  await until('it ran after the failure', () => world.ran >= 2);
  expect(world.said).toEqual([
    'info a full run is brought forward: a node went offline',
    'warn tried again in 0 s (failure 1 in a row)',
  ]);
  expect(world.failures).toEqual([null]);
});
