import type { Channel } from './principal.ts';

/** What waits in the queue until a `serve` or `watch` performs it. */
export const QUEUED_KINDS = ['sync', 'test', 'trust', 'reconcile'] as const;
export type QueuedKind = (typeof QUEUED_KINDS)[number];

/** `action`: writes to guests, by the process that was asked. */
export const OPERATION_KINDS = [...QUEUED_KINDS, 'action'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

export const OPERATION_STATES = ['waiting', 'running', 'done', 'failed', 'cancelled'] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

/** Whether nothing more happens to an operation. */
export function isEnded(state: OperationState): boolean {
  return state !== 'waiting' && state !== 'running';
}

/** What a running operation does, and how far it is; `total` is null while it is not known. */
export interface OperationProgress {
  step: string;
  done: number;
  total: number | null;
}

export interface OperationError {
  code: string;
  message: string;
  hint: string | null;
}

/** Work that somebody asked for. */
export interface Operation {
  id: string;
  kind: OperationKind;
  /** null: it is about no provider. */
  providerId: string | null;
  providerName: string | null;
  /** What was asked for, as JSON: scopes of a sync, a fingerprint to trust. Never a secret. */
  parameters: Readonly<Record<string, unknown>>;
  state: OperationState;
  requestedBy: string;
  requestedVia: Channel;
  requestedAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  progress: OperationProgress | null;
  /** What it ended with, as the command prints it with `-o json`; null in lists. */
  result: unknown;
  /** Why it failed. Of one that waits or runs: why its first attempt ended. */
  error: OperationError | null;
  cancelledBy: string | null;
  /** Names of those who asked for the same while it was open. */
  alsoAskedBy: readonly string[];
  /** The version of the feed at which it changed last. */
  version: number;
}
