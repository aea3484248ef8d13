import type { FeedCursor } from '../../providers/provider.ts';
import type { WatchRow } from '../../repositories/providers/watch-claims.ts';
import { nextDue } from './schedule.ts';
import type { OpenedSync, WatchOptions, WatchTarget } from './watch-types.ts';

/** Shortest time between two full runs that a poll requests. */
const LEAST_EARLY_MS = 60_000;
/** Time until the next attempt if another run or the database prevented the last one. */
const MOST_WAIT_MS = 5000;

/** One provider claimed by this process, and what is due when. Times are epoch milliseconds. */
export class WatchedProvider {
  row: WatchRow;
  target: WatchTarget;
  cursor: FeedCursor | null = null;
  /** The job in progress; null if none. */
  job: Promise<void> | null = null;
  readonly #options: WatchOptions;
  #opened: { settings: string; sync: Promise<OpenedSync> } | null = null;
  #lastStartMs: number | null;
  #nextPollMs = 0;
  #earlyAtMs: number | null = null;
  #notBeforeMs = 0;
  #told: string | null = null;

  constructor(
    row: WatchRow,
    target: WatchTarget,
    { lastStartMs, options }: { lastStartMs: number | null; options: WatchOptions },
  ) {
    this.row = row;
    this.target = target;
    this.#lastStartMs = lastStartMs;
    this.#options = options;
  }

  get name(): string {
    return this.row.name;
  }

  get isPaused(): boolean {
    return this.row.pausedAt !== null;
  }

  /** The job to start now; null if none is due. */
  due(nowMs: number): 'run' | 'feeds' | null {
    this.#followClock(nowMs);
    if (this.job !== null || this.isPaused || nowMs < this.#notBeforeMs) return null;
    if (this.nextRunMs(nowMs) <= nowMs) return 'run';
    return this.#pollsFeeds() && this.#nextPollMs <= nowMs ? 'feeds' : null;
  }

  /** When the next job is due; Infinity while the provider is paused or a job is in progress. */
  nextMs(nowMs: number): number {
    if (this.job !== null || this.isPaused) return Number.POSITIVE_INFINITY;
    const nextMs = this.#pollsFeeds() ? Math.min(this.#nextPollMs, this.nextRunMs(nowMs)) : this.nextRunMs(nowMs);
    return Math.max(nextMs, this.#notBeforeMs);
  }

  /** Throws AppError('configuration') for an invalid cron expression. */
  nextRunMs(nowMs: number): number {
    const { id, schedule, retryAt } = this.row;
    const { discoverCron: cron, discoverInterval } = schedule;
    const intervalMs = discoverInterval === null ? this.#options.intervalMs : discoverInterval * 60_000;
    return nextDue(
      { cron, intervalMs },
      { id, lastStartMs: this.#lastStartMs, retryAtMs: retryAt?.getTime() ?? null, earlyAtMs: this.#earlyAtMs, nowMs },
    );
  }

  runStarted(nowMs: number): void {
    this.#lastStartMs = nowMs;
    this.#earlyAtMs = null;
  }

  polled(nowMs: number): void {
    this.#nextPollMs = nowMs + (this.#options.feedIntervalMs ?? 0);
  }

  /** Brings the next full run forward. */
  wantRun(nowMs: number): void {
    this.#earlyAtMs ??= Math.max(nowMs, (this.#lastStartMs ?? 0) + LEAST_EARLY_MS);
  }

  /** Another run or the database prevented the job, which says nothing about the provider. */
  postpone(nowMs: number, kind: 'run' | 'feeds'): void {
    this.#notBeforeMs = nowMs + MOST_WAIT_MS;
    if (kind === 'run') this.#earlyAtMs ??= this.#notBeforeMs;
  }

  succeeded(): void {
    this.#told = null;
    this.row = { ...this.row, failures: 0, retryAt: null };
  }

  failed(retryAt: Date, pausedAt: Date | null): void {
    this.row = { ...this.row, failures: this.row.failures + 1, retryAt, pausedAt };
  }

  /** Calls `say` unless the previous call had the same message. */
  tellOnce(message: string, say: () => void): void {
    if (message !== this.#told) say();
    this.#told = message;
  }

  /** The connection. It stays open until the settings change. */
  async open(): Promise<OpenedSync> {
    if (this.#opened?.settings !== this.target.settings) {
      await this.close();
      this.cursor = null;
      this.#opened = { settings: this.target.settings, sync: this.target.open() };
    }
    return this.#opened.sync;
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = null;
    // A connection that could not be opened needs no close.
    (await opened?.sync.catch(() => undefined))?.close();
  }

  /** If the clock was set back, pending times would be that much too late. */
  #followClock(nowMs: number): void {
    if (this.#lastStartMs !== null) this.#lastStartMs = Math.min(this.#lastStartMs, nowMs);
    this.#nextPollMs = Math.min(this.#nextPollMs, nowMs + (this.#options.feedIntervalMs ?? 0));
    this.#notBeforeMs = Math.min(this.#notBeforeMs, nowMs + MOST_WAIT_MS);
  }

  /** Polling stops after a failed run, until the next run. */
  #pollsFeeds(): boolean {
    return this.#options.feedIntervalMs !== null && this.#lastStartMs !== null && this.row.retryAt === null;
  }
}
