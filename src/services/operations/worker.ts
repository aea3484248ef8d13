import { types } from 'node:util';
import type { OperationClaims } from '../../repositories/operations/operation-claims.ts';
import { redactText } from '../../text/redact-text.ts';
import { AppError } from '../../types/errors.ts';
import type { Operation } from '../../types/operation.ts';
import { Alarm } from '../watch/alarm.ts';
import { retryAfterMs } from '../watch/backoff.ts';
import { OperationJob, type Perform, TTL_MS } from './operation-job.ts';
import { planWork, type WorkerState } from './plan-work.ts';

const LOOK_EVERY_MS = 1000;
const MOST_AWAY_MS = 30_000;

export type Say = (
  level: 'info' | 'warn' | 'error',
  message: string,
  about?: { provider?: string; hint?: string | undefined },
) => void;

export interface WorkerDeps extends Pick<WorkerState, 'isDead' | 'accepts'> {
  claims: Pick<OperationClaims, 'listOpen' | 'claim' | 'renew' | 'recordProgress' | 'finish' | 'takeOver'>;
  perform: Perform;
  /** A new one for each claim: this process, and what tells its claims apart. */
  newHolder: () => string;
  clock: () => Date;
  /** 0 to 1. */
  random: () => number;
  say: Say;
  /** Operations at a time. */
  parallel: number;
}

/**
 * Performs the operations that anybody asked for, until it is stopped: of each provider one at a time, whatever other workers there
 * are, and those of workers that are gone.
 */
export class OperationWorker {
  readonly #deps: WorkerDeps;
  readonly #jobs = new Map<string, OperationJob>();
  readonly #alarm = new Alarm();
  #away = 0;

  constructor(deps: WorkerDeps) {
    this.#deps = deps;
  }

  /** Looks at the queue now: something was asked for, or cancelled. */
  wake(): void {
    this.#alarm.ring();
  }

  /**
   * Begins nothing new once `stop` is aborted, and returns when everything under way has ended. Aborting `abort` ends that: what
   * only reads waits for another worker then.
   */
  async run({ stop, abort }: { stop: AbortSignal; abort: AbortSignal }): Promise<void> {
    const wake = () => this.wake();
    const giveUp = () => {
      for (const job of this.#jobs.values()) job.stop('stopped');
    };
    stop.addEventListener('abort', wake, { once: true });
    abort.addEventListener('abort', giveUp, { once: true });
    try {
      while (!stop.aborted || this.#jobs.size > 0) {
        if (abort.aborted) giveUp();
        const waitMs = await this.#look(stop);
        if (waitMs > 0) await this.#alarm.sleep(waitMs);
      }
    } finally {
      stop.removeEventListener('abort', wake);
      abort.removeEventListener('abort', giveUp);
    }
  }

  /** Gives when to look again. */
  async #look(stop: AbortSignal): Promise<number> {
    try {
      const isMore = await this.#round(stop);
      this.#away = 0;
      return isMore ? 0 : LOOK_EVERY_MS;
    } catch (error) {
      return this.#lost(error);
    }
  }

  /** Whether there is more to do at once. */
  async #round(stop: AbortSignal): Promise<boolean> {
    const { claims, clock, isDead, accepts, parallel } = this.#deps;
    for (const job of this.#jobs.values()) await job.keep();
    // Before the answer is asked for: a claim that is made meanwhile is not in it.
    const mine = new Map(Array.from(this.#jobs.values(), ({ claim }) => [claim.id, claim.holder]));
    const open = await claims.listOpen(clock());
    const free = stop.aborted ? 0 : parallel - this.#jobs.size;
    const { cancelled, lost, gone, next } = planWork(open, { mine, free, isDead, accepts });
    for (const id of lost) this.#jobs.get(id)?.stop('lost');
    for (const { id, by } of cancelled) this.#jobs.get(id)?.stop('cancelled', by);
    if (stop.aborted) return false;
    for (const { to, ...claim } of gone) await claims.takeOver(claim, to, clock());
    for (const id of next) await this.#begin(id);
    return gone.length > 0;
  }

  async #begin(id: string): Promise<void> {
    const { claims, clock, newHolder, perform, say } = this.#deps;
    const claim = { id, holder: newHolder() };
    const claimedMs = performance.now();
    const operation = await claims.claim(claim, { now: clock(), ttlMs: TTL_MS });
    if (operation === null) return;
    say('info', `${operation.kind} for ${operation.requestedBy} begins (operation ${id})`, about(operation));
    const onBug = (error: unknown) => say('error', `this is a bug in Rollcall: ${bugText(error)}`, about(operation));
    const job = new OperationJob(operation, claim, { claims, perform, clock, onBug, claimedMs });
    this.#jobs.set(id, job);
    void job.ended.then(() => {
      this.#jobs.delete(id);
      say('info', `${operation.kind} for ${operation.requestedBy} has ended (operation ${id})`, about(operation));
      this.wake();
    });
  }

  /** Tried again until the database is back. The program beside whose other work this runs says that it does not answer. */
  #lost(error: unknown): number {
    const { say, random } = this.#deps;
    this.#away += 1;
    if (!(error instanceof AppError)) say('error', `this is a bug in Rollcall: ${bugText(error)}`);
    return Math.min(retryAfterMs(this.#away, { firstMs: LOOK_EVERY_MS, random: random() }), MOST_AWAY_MS);
  }
}

function about({ providerName }: Operation): { provider?: string } {
  return providerName === null ? {} : { provider: providerName };
}

function bugText(error: unknown): string {
  return redactText(types.isNativeError(error) ? (error.stack ?? error.message) : String(error));
}
