import { ActionRepository } from '../../src/repositories/actions/action-repository.ts';
import type { Connection } from '../../src/repositories/db/connection.ts';
import type { ActionSubject, GuestPlan, PlannedCall, SentCall, StepState } from '../../src/types/action.ts';

export const HOLDER = '7@ann-laptop#action';

export function plannedCall(over: Partial<PlannedCall> = {}): PlannedCall {
  return {
    verb: 'PUT',
    path: '/nodes/pve1/qemu/100/config',
    parameters: { memory: '4096' },
    secrets: [],
    node: 'pve1',
    words: 'change the configuration',
    task: null,
    proof: null,
    sets: {},
    ...over,
  };
}

export function guestPlan(subject: Partial<ActionSubject> = {}, calls = [plannedCall()]): GuestPlan {
  const whole: ActionSubject = {
    providerId: 'provider-0',
    providerName: 'lab',
    guestId: 'guest-1',
    kind: 'qemu',
    vmid: 100,
    name: 'web',
    node: 'pve1',
    identity: {},
    seenAt: null,
    ...subject,
  };
  return {
    action: { verb: 'set', set: { memory: '4096' }, remove: [] },
    subject: whole,
    lockVmid: whole.vmid,
    calls,
    checks: [],
    risks: [],
    effects: [],
    load: { nodes: [whole.node], storages: [] },
    order: null,
    group: 0,
    isRunning: true,
  };
}

export function sentCall(over: Partial<SentCall> & Pick<SentCall, 'sentAt'>): SentCall {
  return { index: 0, ref: null, endedAt: null, outcome: null, message: null, ...over };
}

export interface StoredStep {
  plan: GuestPlan;
  state: StepState;
  calls: readonly SentCall[];
}

export interface StoredAction {
  id: string;
  steps: readonly StoredStep[];
  user?: string;
  host?: string;
  reason?: string | null;
  now: Date;
}

/** An action as it is stored while it runs. */
export async function beginAction(connection: Connection, action: StoredAction): Promise<void> {
  const { id, steps, user = 'ann', host = 'ann-laptop', reason = 'CHG-17', now } = action;
  const repository = new ActionRepository(connection);
  const [first] = steps;
  const { providerId = null, providerName = null } = first?.plan.subject ?? {};
  const parameters = {
    verb: 'set',
    guests: steps.length,
    user,
    host,
    commandLine: 'rollcall set web memory=4096',
    reason,
  };
  await repository.begin(
    {
      id,
      providerId,
      providerName,
      parameters,
      requestedBy: user,
      steps: steps.map(({ plan }) => ({ plan, seal: 's' })),
    },
    { holder: HOLDER, now, ttlMs: 30_000 },
  );
  for (const [seq, { state, calls }] of steps.entries()) {
    const isOver = state !== 'waiting' && state !== 'running';
    const change = {
      operationId: id,
      seq,
      state,
      calls,
      message: null,
      startedAt: now,
      finishedAt: isOver ? now : null,
    };
    await repository.change(change, HOLDER);
  }
}

/** Ends it, which records it in the history. */
export async function endAction(
  connection: Connection,
  { id, now }: Pick<StoredAction, 'id' | 'now'>,
): Promise<boolean> {
  const end = { state: 'done', result: { done: 1 }, error: null } as const;
  return new ActionRepository(connection).finish({ id, holder: HOLDER }, end, now);
}
