import type { ActionEnd, ActionRepository } from '../../repositories/actions/action-repository.ts';
import { canonicalJson } from '../../repositories/history/hash-chain.ts';
import type { OperationClaims } from '../../repositories/operations/operation-claims.ts';
import type { ActionPlan, GuestPlan, OperationStep } from '../../types/action.ts';
import { AppError } from '../../types/errors.ts';
import { holderName } from '../../types/holder.ts';
import type { Operation } from '../../types/operation.ts';
import type { SealKey } from '../providers/settings.ts';
import {
  ACTION_TTL_MS,
  type ActingProvider,
  type ActionEvent,
  ActionRun,
  type ActionRunOptions,
} from './action-run.ts';
import { hideSecrets } from './hide-secrets.ts';
import type { StepEnd } from './perform-step.ts';
import { isSealedPlan, sealPlan } from './seal-plan.ts';

/** Who acts, and why: what the history says of it. */
export interface ActionAuthor {
  user: string;
  host: string;
  /** Without secrets. */
  commandLine: string;
  reason: string | null;
}

export interface ActionServiceDeps {
  repository: ActionRepository;
  claims: Pick<OperationClaims, 'renew'>;
  /** By id. Throws AppError where it cannot be acted on. */
  provider: (id: string) => Promise<ActingProvider>;
  key: SealKey;
  clock: () => Date;
  newId: () => string;
  newHolder: () => string;
  /** Whether the process of a claim is known to be gone. */
  isDead: (holder: string) => boolean;
  /** Reads guests anew and records what differs. */
  observe: (guests: readonly GuestPlan[]) => Promise<void>;
}

/** An operation that this process has taken. */
export interface HeldAction {
  id: string;
  holder: string;
  /** With their secrets, where it was begun here; empty: those that are stored count. */
  plans: readonly GuestPlan[];
}

export interface PerformedAction {
  operationId: string;
  steps: readonly OperationStep[];
  ends: ReadonlyMap<number, StepEnd>;
  /** Why nothing new was begun; null: everything was. */
  stopped: string | null;
  /** False: it is to be resumed or followed. */
  isOver: boolean;
}

export type PerformActionOptions = ActionRunOptions & { onEvent: (event: ActionEvent) => void };

/** Performs plans: begins an operation, runs its steps, reads the guests anew, ends it. */
export class ActionService {
  readonly #deps: ActionServiceDeps;

  constructor(deps: ActionServiceDeps) {
    this.#deps = deps;
  }

  /** Takes the guests of a plan; nothing was sent by then. Throws AppError('locked'). */
  async begin(plan: ActionPlan, author: ActionAuthor, limits: Readonly<Record<string, unknown>>): Promise<HeldAction> {
    const { repository, key, clock, newHolder } = this.#deps;
    const { id, guests, verb } = plan;
    const providers = new Map(guests.map(({ subject }) => [subject.providerId, subject.providerName]));
    const [only, ...more] = providers;
    const [providerId, providerName] = only === undefined || more.length > 0 ? [null, null] : only;
    const parameters = { verb, guests: guests.length, ...author, ...limits };
    const steps = guests.map(hideSecrets).map((guest, seq) => ({
      plan: guest,
      seal: sealPlan(key, { operationId: id, seq, plan: guest }),
    }));
    const { user: requestedBy } = author;
    const holder = newHolder();
    const claim = { holder, now: clock(), ttlMs: ACTION_TTL_MS };
    await repository.begin({ id, providerId, providerName, parameters, requestedBy, steps }, claim);
    return { id, holder, plans: guests };
  }

  /** Takes an operation whose process is gone. Throws AppError('locked') while it is there. */
  async takeOver({ id }: Pick<Operation, 'id'>): Promise<HeldAction> {
    const { repository, clock, newHolder, isDead } = this.#deps;
    const held = await repository.holder(id, clock());
    if (held === null) {
      throw new AppError('not-found', `operation ${id} has ended already`, { hint: `rollcall operations show ${id}` });
    }
    if (held.holder !== null && !held.isOver && !isDead(held.holder)) throw stillRuns(id, held.holder);
    const holder = newHolder();
    const claim = { now: clock(), ttlMs: ACTION_TTL_MS };
    if (!(await repository.takeOver({ id, holder }, held.holder, claim))) throw stillRuns(id, 'another process');
    return { id, holder, plans: [] };
  }

  /** Performs what is left of an operation that this process has taken. Throws AppError('unconfirmed') for an altered plan. */
  async perform(held: HeldAction, { onEvent, ...options }: PerformActionOptions): Promise<PerformedAction> {
    const { repository, claims, provider, clock } = this.#deps;
    const { id: operationId, holder } = held;
    const claim = { id: operationId, holder };
    try {
      const run = new ActionRun(
        { claim, steps: await this.#sealedSteps(held) },
        { deps: { repository, claims, provider, clock, onEvent }, options },
      );
      const ends = await run.run();
      const steps = await repository.steps(operationId);
      if (!run.isLost && run.isOver) await repository.finish(claim, endOf(steps), clock());
      const isOver = run.isOver;
      await this.#deps.observe(steps.flatMap(({ plan, calls }) => (calls.length > 0 && ends.size > 0 ? [plan] : [])));
      return { operationId, steps, ends, stopped: run.stopped, isOver };
    } finally {
      await repository.release(claim, clock());
    }
  }

  /** Throws AppError('unconfirmed'). */
  async #sealedSteps({ id: operationId, plans }: HeldAction): Promise<OperationStep[]> {
    const { repository, key } = this.#deps;
    const steps = await repository.steps(operationId);
    const altered = steps.find((step) => !isSealedPlan(key, step, step.seal) || !isOfPlan(step));
    if (altered === undefined) return steps.map((step) => ({ ...step, plan: plans[step.seq] ?? step.plan }));
    throw new AppError(
      'unconfirmed',
      `step ${altered.seq} of operation ${operationId} is not the plan that was confirmed`,
      {
        hint: 'nothing was sent. `rollcall verify` shows what else was changed',
      },
    );
  }
}

function stillRuns(id: string, holder: string): AppError {
  return new AppError('locked', `operation ${id} is performed by ${holderName(holder)}`, {
    hint: `rollcall operations follow ${id} shows it`,
  });
}

/** How an operation ended whose steps all have. */
export function endOf(steps: readonly OperationStep[]): ActionEnd {
  const count = (state: OperationStep['state']) => steps.filter((step) => step.state === state).length;
  const result = {
    done: count('done') + count('warning'),
    warnings: count('warning'),
    failed: count('failed'),
    unknown: count('unknown'),
    skipped: count('skipped'),
    cancelled: count('cancelled'),
  };
  const bad = steps.find(({ state }) => state === 'failed' || state === 'unknown');
  if (bad !== undefined) {
    const code = bad.state === 'unknown' ? 'uncertain' : 'server';
    const message = `${bad.subject.name ?? bad.subject.vmid}: ${bad.message ?? bad.state}`;
    return { state: 'failed', result, error: { code, message, hint: null } };
  }
  return { state: result.cancelled + result.skipped > 0 ? 'cancelled' : 'done', result, error: null };
}

/** Whether the columns of its row say what its sealed plan does. */
function isOfPlan({ subject, plan }: OperationStep): boolean {
  const { providerId, providerName, guestId, kind, vmid, name, node } = plan.subject;
  return canonicalJson(subject) === canonicalJson({ providerId, providerName, guestId, kind, vmid, name, node });
}
