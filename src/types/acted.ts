import type { OperationStep } from './action.ts';

/** Who asked for an action, and why. */
export interface ActionAuthorship {
  id: string;
  /** The local user, and the machine. */
  by: string;
  host: string | null;
  reason: string | null;
}

/** A step of an action, with who asked for it. */
export interface ActedStep
  extends Pick<OperationStep, 'operationId' | 'seq' | 'subject' | 'plan' | 'calls' | 'startedAt'> {
  author: ActionAuthorship;
}
