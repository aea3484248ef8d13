import type { OperationStep, SentCall } from '../../types/action.ts';
import type { PerformedAction } from './action-service.ts';

export interface ShownCall extends Omit<SentCall, 'index'> {
  words: string;
  verb: string;
  path: string;
}

/** One guest of an operation, as commands print it. */
export interface ShownStep extends Pick<OperationStep, 'seq' | 'state' | 'message' | 'startedAt' | 'finishedAt'> {
  provider: string;
  guestId: string | null;
  kind: string;
  vmid: number;
  name: string | null;
  node: string;
  calls: readonly ShownCall[];
}

export interface ShownAction extends Pick<PerformedAction, 'operationId' | 'isOver' | 'stopped'> {
  steps: readonly ShownStep[];
}

export function shownStep({
  seq,
  subject,
  plan,
  state,
  calls,
  message,
  startedAt,
  finishedAt,
}: OperationStep): ShownStep {
  return {
    seq,
    provider: subject.providerName,
    guestId: subject.guestId,
    kind: subject.kind,
    vmid: plan.lockVmid,
    name: subject.name,
    node: subject.node,
    state,
    message,
    startedAt,
    finishedAt,
    calls: calls.map(({ index, ...sent }) => {
      const { words = '', verb = '', path = '' } = plan.calls[index] ?? {};
      return { words, verb, path, ...sent };
    }),
  };
}

export function shownAction({ operationId, isOver, stopped, steps }: PerformedAction): ShownAction {
  return { operationId, isOver, stopped, steps: steps.map(shownStep) };
}
