import { setTimeout as sleep } from 'node:timers/promises';
import type { Acting, LookedUp, TaskEnd } from '../../providers/acting.ts';
import type { StepChange } from '../../repositories/actions/action-repository.ts';
import type { ActionRight, OperationStep, PlannedCall, SentCall, StepState } from '../../types/action.ts';
import { AppError, type ErrorCode } from '../../types/errors.ts';
import { incarnationDoubts, planDifferences } from './compare-plans.ts';
import { hasHiddenSecret } from './hide-secrets.ts';

export interface StepDeps {
  acting: Acting;
  /** What the owner of the provider allows now. */
  allow: readonly ActionRight[];
  /** Writes it down. False: the operation is not this process's any more. */
  write: (change: StepChange) => Promise<boolean>;
  /** Ids of the tasks of other calls about the guest. */
  knownRefs: () => Promise<ReadonlySet<string>>;
  clock: () => Date;
  /** Nothing more is sent or followed once it is aborted. */
  signal: AbortSignal;
  onSent: (call: PlannedCall, ref: string | null) => void;
  onLine: (line: string) => void;
  /** False: the last call is sent, and its task is left to itself. */
  follows: boolean;
}

export interface StepEnd {
  state: StepState;
  /** Why, for the exit status; null: it is done. */
  code: ErrorCode | null;
  message: string | null;
}

/** Waits before each look for a write of which nobody knows whether it arrived. */
const LOOKS_MS = [500, 1000, 2000, 4000, 8000];
/** How long a server may not answer who looks. */
const PATIENCE_MS = 10 * 60_000;

/** What happens to one guest: planned again, compared, sent call by call, followed, and written down at every turn. */
export class StepRun {
  readonly #deps: StepDeps;
  #step: OperationStep;

  constructor(step: OperationStep, deps: StepDeps) {
    this.#step = step;
    this.#deps = deps;
  }

  /** Begins it, or goes on with one that a process has left. Throws AppError('interrupted') where it is left as it is. */
  async run(): Promise<StepEnd> {
    try {
      const left = this.#step.calls.at(-1);
      const before = left === undefined ? null : await this.#goOn(left);
      if (before === LEFT) return before;
      if (before !== null && !isGood(before)) return await this.#end(before);
      return await this.#sendFrom(left === undefined ? 0 : left.index + 1, before);
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
      // What was sent can still be found: it is left to whoever resumes the operation.
      if (this.#hasOpenCall()) throw new AppError('interrupted', error.message);
      return this.#end({ state: 'failed', code: error.code, message: error.message });
    }
  }

  #hasOpenCall(): boolean {
    return this.#step.calls.some(({ outcome }) => outcome === null);
  }

  /**
   * Why a call is not sent, by how the guest is now: before the first one it has to be as it was planned, before another one the same
   * guest still, for what the others did is different, and they may have taken hours.
   */
  async #refusal(index: number): Promise<StepEnd | null> {
    const { acting, allow, signal } = this.#deps;
    const { plan } = this.#step;
    const now = await acting.plan(plan.action, plan.subject, { allow, signal });
    const reasons = index === 0 ? planDifferences(plan, now) : incarnationDoubts(now);
    return reasons.length === 0 ? null : { state: 'failed', code: 'moved', message: reasons.join('; ') };
  }

  async #sendFrom(first: number, before: StepEnd | null): Promise<StepEnd> {
    let worst: StepEnd = before ?? { state: 'done', code: null, message: null };
    for (const [index, call] of this.#step.plan.calls.entries()) {
      if (index < first) continue;
      if (hasHiddenSecret(call)) return this.#end(WITHOUT_SECRET);
      const refusal = await this.#refusal(index);
      if (refusal !== null) return this.#end(refusal);
      const end = await this.#send(call, index);
      if (end === LEFT) return end;
      if (!isGood(end)) return this.#end(end);
      if (end.state === 'warning') worst = end;
    }
    return this.#end(worst);
  }

  async #send(call: PlannedCall, index: number): Promise<StepEnd> {
    const { acting, clock, signal, onSent } = this.#deps;
    if (signal.aborted) throw new AppError('interrupted', 'stopped before the call was sent');
    const sent: SentCall = {
      index,
      sentAt: clock().toISOString(),
      account: acting.account,
      ref: null,
      endedAt: null,
      outcome: null,
      message: null,
    };
    await this.#record(sent);
    const ref = await acting.send(call, { signal }).catch(toError);
    if (ref instanceof AppError) return this.#notTaken(call, sent, ref);
    onSent(call, ref);
    if (ref !== null) {
      await this.#record({ ...sent, ref });
      return this.#follow({ ...sent, ref }, ref);
    }
    if (call.task === null) return this.#ended(sent, DONE);
    return this.#lookUp(call, sent, new AppError('uncertain', `${call.words}: the answer does not name its task`));
  }

  async #notTaken(call: PlannedCall, sent: SentCall, error: AppError): Promise<StepEnd> {
    if (error.code === 'interrupted') {
      await this.#forget(sent);
      throw error;
    }
    if (error.code === 'uncertain') return this.#lookUp(call, sent, error);
    const end = await this.#ended(sent, { outcome: 'failed', message: error.message, endedAt: null });
    return { ...end, code: error.code };
  }

  /** What became of the last call that a process has left: followed by its task, or looked for. */
  async #goOn(left: SentCall): Promise<StepEnd> {
    const call = this.#step.plan.calls[left.index];
    if (left.outcome !== null || call === undefined) return toEnd(left);
    if (left.ref !== null) return this.#follow(left, left.ref);
    return this.#lookUp(call, left, new AppError('uncertain', `${call.words}: the process that sent it is gone`));
  }

  async #follow(sent: SentCall, ref: string): Promise<StepEnd> {
    const { acting, signal, onLine, follows } = this.#deps;
    const isLast = sent.index === this.#step.plan.calls.length - 1;
    if (!follows && isLast) return LEFT;
    return this.#ended(sent, await this.#settled(sent, await acting.follow(ref, { signal, onLine })));
  }

  /** A task that only asks for something has done nothing yet when it ends. */
  async #settled({ index }: SentCall, end: TaskEnd): Promise<TaskEnd> {
    const { acting, signal } = this.#deps;
    const call = this.#step.plan.calls[index];
    if (call?.settles === undefined || (end.outcome !== 'ok' && end.outcome !== 'warning')) return end;
    if (await acting.settled(call, { signal })) return end;
    return { ...end, outcome: 'unknown', message: `${call.words} was asked for, and has not happened so far` };
  }

  /** Looks several times, for the server may be slow to begin; one that does not answer is waited for. */
  async #lookUp(call: PlannedCall, sent: SentCall, why: AppError): Promise<StepEnd> {
    const untilMs = performance.now() + PATIENCE_MS;
    for (let looks = 0; ; ) {
      const found = await this.#look(call, sent, LOOKS_MS[looks] ?? 0);
      if (found instanceof AppError) {
        if (performance.now() > untilMs) throw found;
        continue;
      }
      if (found.kind === 'task') {
        await this.#record({ ...sent, ref: found.ref });
        return this.#follow({ ...sent, ref: found.ref }, found.ref);
      }
      if (found.kind === 'done') return this.#ended(sent, DONE);
      if (found.kind === 'not-done') return this.#ended(sent, { outcome: 'failed', message: found.why, endedAt: null });
      looks += 1;
      if (looks < LOOKS_MS.length) continue;
      return this.#ended(sent, { outcome: 'unknown', message: `${why.message}; ${found.why}`, endedAt: null });
    }
  }

  /** An error: the server cannot be asked now. */
  async #look(call: PlannedCall, sent: SentCall, waitMs: number): Promise<LookedUp | AppError> {
    const { acting, signal, knownRefs } = this.#deps;
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw new AppError('interrupted', 'it is not known yet what became of it');
    try {
      return await acting.lookUp(call, sent, { known: await knownRefs(), signal });
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
      return error;
    }
  }

  async #ended(sent: SentCall, { outcome, message, endedAt }: TaskEnd): Promise<StepEnd> {
    const at = (endedAt ?? this.#deps.clock()).toISOString();
    const ended: SentCall = {
      ...sent,
      endedAt: at,
      outcome,
      message: message === '' || message === 'OK' ? null : message,
    };
    await this.#record(ended);
    return toEnd(ended);
  }

  /** The call, whatever was known of it before. */
  async #record(call: SentCall): Promise<void> {
    const calls = [...this.#step.calls.filter(({ index }) => index !== call.index), call];
    const startedAt = this.#step.startedAt ?? this.#deps.clock();
    await this.#write({ ...this.#step, calls, startedAt, state: 'running' });
  }

  /** It was stopped before anything was sent. */
  async #forget({ index }: SentCall): Promise<void> {
    const calls = this.#step.calls.filter((call) => call.index !== index);
    await this.#write({ ...this.#step, calls, state: calls.length === 0 ? 'waiting' : 'running' });
  }

  async #end({ state, code, message }: StepEnd): Promise<StepEnd> {
    await this.#write({ ...this.#step, state, message, finishedAt: this.#deps.clock() });
    return { state, code, message };
  }

  async #write(step: OperationStep): Promise<void> {
    if (!(await this.#deps.write(step))) {
      throw new AppError('interrupted', 'the operation was taken over by another process');
    }
    this.#step = step;
  }
}

const DONE: TaskEnd = { outcome: 'ok', message: '', endedAt: null };

/** What a process that is gone was given on its command line. */
const WITHOUT_SECRET: StepEnd = {
  state: 'failed',
  code: 'moved',
  message: 'not sent: its secret was never stored; give the command again',
};

/** Its task is left to itself: whoever follows the operation writes down how it ended. */
const LEFT: StepEnd = { state: 'running', code: null, message: null };

function isGood({ state }: StepEnd): boolean {
  return state === 'done' || state === 'warning';
}

function toEnd({ outcome, message }: SentCall): StepEnd {
  switch (outcome) {
    case 'ok':
      return { state: 'done', code: null, message: null };
    case 'warning':
      return { state: 'warning', code: null, message };
    case 'failed':
      return { state: 'failed', code: 'server', message };
    default:
      return { state: 'unknown', code: 'uncertain', message };
  }
}

function toError(error: unknown): AppError {
  if (!(error instanceof AppError)) throw error;
  return error;
}
