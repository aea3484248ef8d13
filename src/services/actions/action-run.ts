import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { types } from 'node:util';
import type { Acting } from '../../providers/acting.ts';
import type { ActionRepository, StepChange } from '../../repositories/actions/action-repository.ts';
import type { OperationClaims } from '../../repositories/operations/operation-claims.ts';
import type { ActionRight, OperationStep, PlannedCall, StepState } from '../../types/action.ts';
import { AppError } from '../../types/errors.ts';
import { type ActionLimits, chooseSteps } from './choose-steps.ts';
import { type StepEnd, StepRun } from './perform-step.ts';

/** How long the claim to an operation counts; it is renewed three times in between. */
export const ACTION_TTL_MS = 30_000;
const KEEP_EVERY_MS = 1_000;
const RENEW_EVERY_MS = 10_000;
/** Without a renewal nothing is sent from so long before another process may take over. */
const MARGIN_MS = 5_000;
const AGAIN_MS = 500;

/** A provider, as its steps need it. */
export interface ActingProvider {
  name: string;
  /** One that is not is talked to only to follow what was begun before. */
  isEnabled: boolean;
  acting: Acting;
  allow: readonly ActionRight[];
}

export type ActionEvent =
  | { kind: 'begins' | 'skipped'; step: OperationStep }
  | { kind: 'sent'; step: OperationStep; call: PlannedCall; ref: string | null }
  | { kind: 'line'; step: OperationStep; line: string }
  | { kind: 'ended'; step: OperationStep; end: StepEnd }
  /** Nothing new is begun from here on; these are under way. */
  | { kind: 'stops'; why: string; underWay: readonly OperationStep[] };

export interface ActionRunDeps {
  repository: Pick<ActionRepository, 'change' | 'knownRefs' | 'holder'>;
  claims: Pick<OperationClaims, 'renew'>;
  provider: (id: string) => Promise<ActingProvider>;
  clock: () => Date;
  onEvent: (event: ActionEvent) => void;
}

export interface ActionRunOptions {
  limits: ActionLimits;
  /** Goes on with other guests after a failure. */
  keepsGoing: boolean;
  /** False: the last call of each guest is sent, and its task is left to itself. */
  follows: boolean;
  /** Nothing new is begun once it is aborted. */
  stop: AbortSignal;
  /** What is under way is left to itself once it is aborted. */
  insist: AbortSignal;
}

/** How the steps of an operation are performed: in their order, within the limits, each written down. */
export class ActionRun {
  readonly #deps: ActionRunDeps;
  readonly #options: ActionRunOptions;
  readonly #claim: { id: string; holder: string };
  readonly #steps: Map<number, OperationStep>;
  /** Aborted when the claim is lost, or the user insists. */
  readonly #leave = new AbortController();
  readonly #ends = new Map<number, StepEnd>();
  readonly #left = new Set<number>();
  #why: string | null = null;
  #renewedMs = performance.now();

  constructor(
    { claim, steps }: { claim: { id: string; holder: string }; steps: readonly OperationStep[] },
    { deps, options }: { deps: ActionRunDeps; options: ActionRunOptions },
  ) {
    // Each step waits on it.
    setMaxListeners(0, this.#leave.signal);
    this.#claim = claim;
    this.#steps = new Map(steps.map((step) => [step.seq, step]));
    this.#deps = deps;
    this.#options = options;
  }

  /** Until every step has ended or was left; gives how those ended that were performed. Throws what no step foresaw. */
  async run(): Promise<ReadonlyMap<number, StepEnd>> {
    const { stop, insist } = this.#options;
    const leave = () => this.#leave.abort();
    const halt = () => this.#stop(INTERRUPTED);
    stop.addEventListener('abort', halt, { once: true });
    insist.addEventListener('abort', leave, { once: true });
    const keeper = setInterval(() => void this.#keep(), KEEP_EVERY_MS);
    try {
      await this.#keep();
      if (stop.aborted) halt();
      if (insist.aborted) leave();
      await this.#work();
      return this.#ends;
    } finally {
      clearInterval(keeper);
      stop.removeEventListener('abort', halt);
      insist.removeEventListener('abort', leave);
    }
  }

  /** Whether every step has ended. */
  get isOver(): boolean {
    return [...this.#steps.values()].every(({ state }) => state !== 'waiting' && state !== 'running');
  }

  /** Why nothing new was begun; null: everything was. */
  get stopped(): string | null {
    return this.#why;
  }

  get isLost(): boolean {
    return this.#why === LOST;
  }

  async #work(): Promise<void> {
    const active = new Map<number, Promise<void>>();
    // What another process has left is gone on with, whatever the limits say: it runs already.
    for (const step of this.#steps.values()) if (step.state === 'running') active.set(step.seq, this.#perform(step));
    for (;;) {
      for (const step of this.#next()) {
        this.#set(step, 'running');
        active.set(step.seq, this.#perform(step));
      }
      if (active.size === 0) break;
      const ended = await Promise.race(Array.from(active, async ([seq, work]) => work.then(() => seq)));
      active.delete(ended);
    }
    await this.#skipRest();
  }

  #next(): OperationStep[] {
    if (this.#why !== null) return [];
    const steps = [...this.#steps.values()].filter(({ seq }) => !this.#left.has(seq));
    return chooseSteps(steps, this.#options.limits).flatMap((seq) => this.#steps.get(seq) ?? []);
  }

  async #perform(step: OperationStep): Promise<void> {
    const { repository, provider, clock, onEvent } = this.#deps;
    onEvent({ kind: 'begins', step });
    try {
      const { acting, allow } = await provider(step.subject.providerId);
      const end = await new StepRun(step, {
        acting,
        allow,
        clock,
        signal: this.#leave.signal,
        follows: this.#options.follows,
        write: async (change) => this.#write(change),
        knownRefs: async () => repository.knownRefs(step.subject.providerId, step.subject.vmid),
        onSent: (call, ref) => onEvent({ kind: 'sent', step, call, ref }),
        onLine: (line) => onEvent({ kind: 'line', step, line }),
      }).run();
      this.#ends.set(step.seq, end);
      if (end.state === 'running') return void this.#left.add(step.seq);
      this.#set(step, end.state);
      onEvent({ kind: 'ended', step, end });
      const isBad = end.state === 'failed' || end.state === 'unknown';
      if (isBad && !this.#options.keepsGoing) this.#stop(`${nameOf(step)}: ${end.message ?? end.state}`);
    } catch (error) {
      this.#left.add(step.seq);
      if (!(error instanceof AppError)) throw error;
      this.#stop(error.message);
    }
  }

  /** What was sent has to be written down: while the database is away it is tried again. */
  async #write(change: StepChange): Promise<boolean> {
    const { signal } = this.#leave;
    for (;;) {
      try {
        return await this.#deps.repository.change(change, this.#claim.holder);
      } catch (error) {
        const isAway = error instanceof AppError && error.code === 'database' && error.retryable;
        if (!isAway || signal.aborted) throw error;
        await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** After a failure or a cancellation; what was interrupted can be resumed. */
  async #skipRest(): Promise<void> {
    const { repository, clock, onEvent } = this.#deps;
    if (this.#why === null || this.#why === LOST || this.#why === INTERRUPTED) return;
    const waiting = [...this.#steps.values()].filter(({ state }) => state === 'waiting');
    for (const step of waiting) {
      const message = `not begun: ${this.#why}`;
      const state = this.#why.startsWith(CANCELLED) ? 'cancelled' : 'skipped';
      const isWritten = await repository.change({ ...step, state, message, finishedAt: clock() }, this.#claim.holder);
      if (!isWritten) return;
      this.#set(step, state);
      onEvent({ kind: 'skipped', step });
    }
  }

  #set(step: OperationStep, state: StepState): void {
    this.#steps.set(step.seq, { ...step, state });
  }

  #stop(why: string): void {
    if (this.#why !== null) return;
    this.#why = why;
    const underWay = [...this.#steps.values()].filter(({ seq, state }) => state === 'running' && !this.#left.has(seq));
    this.#deps.onEvent({ kind: 'stops', why, underWay });
  }

  /** Renews the claim in time, and hears of a cancellation. */
  async #keep(): Promise<void> {
    const { repository, claims, clock } = this.#deps;
    try {
      if (performance.now() - this.#renewedMs >= RENEW_EVERY_MS) {
        const askedMs = performance.now();
        if (!(await claims.renew(this.#claim, { now: clock(), ttlMs: ACTION_TTL_MS }))) return this.#lose();
        this.#renewedMs = askedMs;
      }
      const held = await repository.holder(this.#claim.id, clock());
      if (held?.holder !== this.#claim.holder) return this.#lose();
      if (held.cancelledBy !== null) this.#stop(`${CANCELLED} ${held.cancelledBy}`);
    } catch (error) {
      if (!types.isNativeError(error)) throw error;
      if (performance.now() - this.#renewedMs > ACTION_TTL_MS - MARGIN_MS) this.#lose();
    }
  }

  #lose(): void {
    this.#stop(LOST);
    this.#leave.abort();
  }
}

const INTERRUPTED = 'interrupted';
const CANCELLED = 'cancelled by';
const LOST = 'another process has taken the operation over';

function nameOf({ subject }: OperationStep): string {
  return subject.name ?? String(subject.vmid);
}
