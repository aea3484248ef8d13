import { types } from 'node:util';
import pLimit, { type LimitFunction } from 'p-limit';
import { AppError } from '../../types/errors.ts';
import { MAX_TIMER_MS } from '../../types/limits.ts';
import { Alarm } from './alarm.ts';
import { retryAfterMs } from './backoff.ts';
import { doJob, type JobDeps, type JobKind, recordFailure, Trouble } from './jobs.ts';
import { Roster, type RosterDeps } from './roster.ts';
import type { WatchedProvider } from './watched-provider.ts';

const REFRESH_EVERY_MS = 5000;
const MOST_AWAY_MS = 30_000;
/** How long releasing the claims may take if the database does not answer. */
const LEAVE_MS = 5000;

export interface WatcherDeps extends RosterDeps, Omit<JobDeps, 'claims'> {
  /** Time between two refreshes of the roster (default 5,000). */
  refreshEveryMs?: number;
}

/** The state that a health check reports. */
export interface WatcherHealth {
  /** When the loop last went round, by performance.now(). */
  beatMs: number;
  /** The roster was loaded, and the database answered its last refresh. */
  isReady: boolean;
}

/** Claims providers and syncs each when it is due, until it is stopped. One loop starts all jobs. */
export class Watcher {
  readonly health: WatcherHealth = { beatMs: performance.now(), isReady: false };
  readonly #deps: WatcherDeps;
  readonly #roster: Roster;
  readonly #runs: LimitFunction;
  readonly #abort = new AbortController();
  /** Rung when a job has ended, and when the watcher is stopped. */
  readonly #alarm = new Alarm();
  /** Jobs in progress, including those of providers that were dropped meanwhile. */
  readonly #jobs = new Set<Promise<void>>();
  readonly #troubles: { provider: WatchedProvider; kind: JobKind; reason: unknown }[] = [];
  #isStopping = false;
  #refreshAtMs = 0;
  #away = 0;

  constructor(deps: WatcherDeps) {
    this.#deps = deps;
    this.#roster = new Roster(deps);
    this.#runs = pLimit(deps.options.parallel);
  }

  /**
   * Returns once `stop` is aborted and all jobs have ended. Jobs have the grace period to finish, and are then aborted; aborting
   * `abort` aborts them at once. Throws what the first refresh of the roster throws.
   */
  async run({ stop, abort, onReady }: { stop: AbortSignal; abort: AbortSignal; onReady?: () => void }): Promise<void> {
    await this.#roster.refresh();
    this.#refreshed();
    onReady?.();
    const wake = () => this.#alarm.ring();
    stop.addEventListener('abort', wake, { once: true });
    while (!stop.aborted) {
      this.health.beatMs = performance.now();
      if (performance.now() >= this.#refreshAtMs) await this.#refresh();
      else await this.#sleep();
      if (this.#away === 0) this.#startDue(stop);
    }
    stop.removeEventListener('abort', wake);
    await this.#end(abort);
  }

  #refreshed(): void {
    this.#away = 0;
    this.#refreshAtMs = performance.now() + (this.#deps.refreshEveryMs ?? REFRESH_EVERY_MS);
    this.health.isReady = true;
    this.#deps.report.watches(this.#roster.mine.map(({ name, isPaused }) => ({ name, isPaused })));
    this.#startDue();
  }

  async #refresh(): Promise<void> {
    const wasAway = this.#away > 0;
    try {
      await this.#roster.refresh();
      await this.#tellTroubles();
    } catch (error) {
      return this.#lost(error);
    }
    if (wasAway) this.#deps.report.say('info', 'the database answers again');
    this.#refreshed();
  }

  /** Reported once, then retried until the database is back. */
  #lost(error: unknown): void {
    this.#away += 1;
    this.#troubles.splice(0);
    this.health.isReady = false;
    const waitMs = Math.min(retryAfterMs(this.#away, { firstMs: 1000, random: this.#deps.random() }), MOST_AWAY_MS);
    this.#refreshAtMs = performance.now() + waitMs;
    if (this.#away > 1) return;
    const hint = 'Nothing is synced until it answers; it is tried again by itself.';
    this.#deps.report.say('error', types.isNativeError(error) ? error.message : String(error), { hint });
  }

  /** The database answers now, so a job failed for a passing error of the database, or for a bug. */
  async #tellTroubles(): Promise<void> {
    for (const { provider, reason } of this.#troubles.splice(0)) {
      const { report } = this.#deps;
      if (reason instanceof AppError) {
        report.say('warn', reason.message, { provider: provider.name, hint: reason.hint });
        continue;
      }
      report.say('error', `this is a bug in Rollcall: ${wordsOf(reason)}`, { provider: provider.name });
      await recordFailure(provider, { code: 'bug', message: wordsOf(reason) }, this.#deps);
    }
  }

  #startDue(stop?: AbortSignal): void {
    if (stop?.aborted) return;
    for (const provider of this.#roster.mine) {
      try {
        const kind = provider.due(this.#deps.clock().getTime());
        if (kind !== null) this.#begin(provider, kind);
      } catch (error) {
        this.#tellUnschedulable(provider, error);
      }
    }
  }

  #tellUnschedulable(provider: WatchedProvider, error: unknown): void {
    const { report } = this.#deps;
    if (!(error instanceof AppError)) throw error;
    provider.tellOnce(error.message, () =>
      report.say('error', error.message, { provider: provider.name, hint: error.hint }),
    );
  }

  #begin(provider: WatchedProvider, kind: JobKind): void {
    const job = this.#start(provider, kind).finally(() => this.#jobs.delete(job));
    provider.job = job;
    this.#jobs.add(job);
  }

  async #start(provider: WatchedProvider, kind: JobKind): Promise<void> {
    const job = async (): Promise<void> => {
      if (!this.#isStopping) await doJob(provider, kind, { ...this.#deps, signal: this.#abort.signal });
    };
    try {
      await (kind === 'run' ? this.#runs(job) : job());
    } catch (error) {
      this.#troubles.push({ provider, kind, reason: error instanceof Trouble ? error.reason : error });
      // The refresh shows at once whether the database answers.
      this.#refreshAtMs = 0;
    } finally {
      provider.job = null;
      this.#alarm.ring();
    }
  }

  /** Sleeps until a job is due, a job has ended, or the watcher is stopped. */
  async #sleep(): Promise<void> {
    const nowMs = this.#deps.clock().getTime();
    const nextMs = this.#away > 0 ? [] : this.#roster.mine.map((provider) => nextOf(provider, nowMs) - nowMs);
    const restMs = Math.max(0, Math.min(this.#refreshAtMs - performance.now(), ...nextMs));
    await this.#alarm.sleep(restMs);
  }

  async #end(abort: AbortSignal): Promise<void> {
    this.#isStopping = true;
    const giveUp = () => this.#abort.abort();
    const timer = setTimeout(giveUp, Math.min(this.#deps.options.graceMs, MAX_TIMER_MS));
    if (abort.aborted) giveUp();
    abort.addEventListener('abort', giveUp, { once: true });
    await Promise.all(this.#jobs);
    clearTimeout(timer);
    abort.removeEventListener('abort', giveUp);
    const leaving = this.#roster.leave().catch((error: unknown) => {
      this.#deps.report.say('warn', `the claims could not be given back: ${wordsOf(error)}`);
    });
    await Promise.race([leaving, new Promise((resolve) => setTimeout(resolve, LEAVE_MS).unref())]);
  }
}

/** A provider that cannot be scheduled waits until its settings change. */
function nextOf(provider: WatchedProvider, nowMs: number): number {
  try {
    return provider.nextMs(nowMs);
  } catch (error) {
    if (error instanceof AppError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof AppError) return error.message;
  return types.isNativeError(error) ? (error.stack ?? error.message) : String(error);
}
