import { setTimeout as sleep } from 'node:timers/promises';
import { types } from 'node:util';
import type { Claim, OperationClaims, OperationEnd } from '../../repositories/operations/operation-claims.ts';
import { redactText } from '../../text/redact-text.ts';
import { AppError } from '../../types/errors.ts';
import type { Operation, OperationError, OperationProgress } from '../../types/operation.ts';
import { afterStop } from './plan-work.ts';

/** How long a claim counts. */
export const TTL_MS = 30_000;
const RENEW_EVERY_MS = 10_000;
/** Without a renewal it stops this long before another process may take it over. */
const MARGIN_MS = 5000;
const PROGRESS_EVERY_MS = 500;
const RETRY_MS = 1000;

/** How an operation ended; with an error it has failed, and may have a result all the same. */
export interface Performed {
  result: unknown;
  error: OperationError | null;
}

export interface PerformIo {
  /** Aborted when it is cancelled, or has to stop. */
  signal: AbortSignal;
  /** May be called at any rate. */
  progress: (progress: OperationProgress) => void;
}

/** Does what an operation says. Throws AppError for what fails. */
export type Perform = (operation: Operation, io: PerformIo) => Promise<Performed>;

export interface JobDeps {
  claims: Pick<OperationClaims, 'renew' | 'recordProgress' | 'finish' | 'takeOver'>;
  perform: Perform;
  clock: () => Date;
  onBug: (error: unknown) => void;
}

type Stop = 'cancelled' | 'lost' | 'stopped';

/** One operation that this process performs: keeps its claim, records its progress, and writes how it ended. */
export class OperationJob {
  readonly operation: Operation;
  readonly claim: Claim;
  /** Settles, without an error, once nothing more is done for it. */
  readonly ended: Promise<void>;
  readonly #deps: JobDeps;
  readonly #abort = new AbortController();
  /** Woken when the work has ended. */
  readonly #over = new AbortController();
  #stopped: Stop | null = null;
  #renewedMs: number;
  #expiry: NodeJS.Timeout | undefined;
  #latest: OperationProgress | null = null;
  #recording: Promise<void> | null = null;

  /** `claimedMs`: when the claim was asked for, by performance.now(). */
  constructor(operation: Operation, claim: Claim, { claimedMs, ...deps }: JobDeps & { claimedMs: number }) {
    this.operation = operation;
    this.claim = claim;
    this.#deps = deps;
    this.#renewedMs = claimedMs;
    this.#expireLater();
    this.ended = this.#work();
  }

  /** Ends it early. What has been done by then counts: an operation that is complete by then is done. */
  stop(why: Stop, by?: string): void {
    // A lost claim counts whatever it was stopped for before: nothing is left to write, even if the database never answers.
    if (this.#stopped !== null && why !== 'lost') return;
    this.#stopped = why;
    const words = { cancelled: `cancelled by ${by}`, lost: 'its claim was lost', stopped: 'the program ends' };
    this.#abort.abort(new AppError('interrupted', `the operation was interrupted: ${words[why]}`));
  }

  /** Renews the claim when it is time. */
  async keep(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#renewedMs < RENEW_EVERY_MS || this.#over.signal.aborted) return;
    if (!(await this.#deps.claims.renew(this.claim, { now: this.#deps.clock(), ttlMs: TTL_MS })))
      return this.stop('lost');
    this.#renewedMs = nowMs;
    this.#expireLater();
  }

  #expireLater(): void {
    clearTimeout(this.#expiry);
    const restMs = this.#renewedMs + TTL_MS - MARGIN_MS - performance.now();
    this.#expiry = setTimeout(() => this.stop('lost'), Math.max(0, restMs));
    this.#expiry.unref();
  }

  async #work(): Promise<void> {
    const end = await this.#perform();
    this.#over.abort();
    await this.#recording;
    await this.#write(end);
    clearTimeout(this.#expiry);
  }

  async #perform(): Promise<OperationEnd | null> {
    try {
      const { result, error } = await this.#deps.perform(this.operation, {
        signal: this.#abort.signal,
        progress: (progress) => this.#progress(progress),
      });
      return { state: error === null ? 'done' : 'failed', result, error };
    } catch (error) {
      if (this.#stopped === 'cancelled') return { state: 'cancelled', result: null, error: null };
      if (this.#stopped !== null) return null;
      if (!(error instanceof AppError)) this.#deps.onBug(error);
      return { state: 'failed', result: null, error: toError(error) };
    }
  }

  /** Until it is written, or the claim is over: another process decides then. */
  async #write(end: OperationEnd | null): Promise<void> {
    const { claims, clock } = this.#deps;
    while (this.#stopped !== 'lost') {
      try {
        if (end !== null) await claims.finish(this.claim, end, clock());
        else await this.#giveBack();
        return;
      } catch (error) {
        if (!(error instanceof AppError)) return this.#deps.onBug(error);
        await sleep(RETRY_MS);
      }
    }
  }

  async #giveBack(): Promise<void> {
    const { claims, clock } = this.#deps;
    const own = { ...this.claim, isDead: true };
    const isGiven = await claims.takeOver(own, afterStop(this.operation, this.claim.holder), clock());
    // Somebody has cancelled it meanwhile.
    if (!isGiven) await claims.takeOver(own, { state: 'cancelled', error: null }, clock());
  }

  #progress(progress: OperationProgress): void {
    if (this.#over.signal.aborted) return;
    this.#latest = progress;
    this.#recording ??= this.#record().finally(() => {
      this.#recording = null;
    });
  }

  /** The newest progress, and not more often than people can read. A progress that cannot be written is no reason to fail. */
  async #record(): Promise<void> {
    while (this.#latest !== null && !this.#over.signal.aborted) {
      const progress = this.#latest;
      this.#latest = null;
      try {
        await this.#deps.claims.recordProgress(this.claim, progress, this.#deps.clock());
      } catch (error) {
        if (!(error instanceof AppError)) this.#deps.onBug(error);
      }
      await sleep(PROGRESS_EVERY_MS, undefined, { signal: this.#over.signal }).catch(() => undefined);
    }
  }
}

function toError(error: unknown): OperationError {
  if (error instanceof AppError) return { code: error.code, message: error.message, hint: error.hint ?? null };
  const message = types.isNativeError(error) ? error.message : String(error);
  return { code: 'bug', message: redactText(`this is a bug in Rollcall: ${message}`), hint: null };
}
