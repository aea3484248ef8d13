import {
  OPERATION_KINDS,
  OPERATION_STATES,
  type Operation,
  type OperationError,
  type OperationProgress,
  QUEUED_KINDS,
  type QueuedKind,
} from '../../types/operation.ts';
import { CHANNELS } from '../../types/principal.ts';
import type { Row } from '../db/row.ts';
import { isAnything } from '../db/stored-shape.ts';

export const OPERATION_COLUMNS = [
  'id',
  'kind',
  'providerId',
  'providerName',
  'parameters',
  'state',
  'requestedBy',
  'requestedVia',
  'requestedAt',
  'startedAt',
  'finishedAt',
  'progress',
  'result',
  'error',
  'cancelledBy',
  'alsoAskedBy',
  'version',
] as const;

/** As everybody may see it: without the seal of its parameters. */
export function toOperation(row: Row): Operation {
  const operation = toSealedOperation(row);
  const { seal: _, ...parameters } = operation.parameters;
  return { ...operation, parameters };
}

/** As it is performed. */
export function toSealedOperation(row: Row): Operation {
  return {
    id: row.text('id'),
    kind: row.word('kind', OPERATION_KINDS),
    providerId: row.textOrNull('providerId'),
    providerName: row.textOrNull('providerName'),
    parameters: row.json('parameters', isRecord),
    state: row.word('state', OPERATION_STATES),
    requestedBy: row.text('requestedBy'),
    requestedVia: row.word('requestedVia', CHANNELS),
    requestedAt: row.time('requestedAt'),
    startedAt: row.timeOrNull('startedAt'),
    finishedAt: row.timeOrNull('finishedAt'),
    progress: row.jsonOrNull('progress', isProgress),
    result: row.jsonOrNull('result', isAnything),
    error: row.jsonOrNull('error', isError),
    cancelledBy: row.textOrNull('cancelledBy'),
    alsoAskedBy: row.json('alsoAskedBy', isTexts),
    version: row.number('version'),
  };
}

/** What a worker has to know of every operation that waits or runs. */
export interface OpenOperation {
  id: string;
  kind: QueuedKind;
  state: 'waiting' | 'running';
  providerId: string | null;
  providerName: string | null;
  /** Of a running one: the claim by which it is performed. */
  holder: string | null;
  /** The claim was not renewed in time. */
  isOver: boolean;
  /** Who wants a running one to end. */
  cancelledBy: string | null;
  /** It was begun before, by a process that is gone. */
  isRepeated: boolean;
}

export function toOpenOperation(row: Row): OpenOperation {
  return {
    id: row.text('id'),
    kind: row.word('kind', QUEUED_KINDS),
    state: row.word('state', ['waiting', 'running']),
    providerId: row.textOrNull('providerId'),
    providerName: row.textOrNull('providerName'),
    holder: row.textOrNull('holder'),
    isOver: row.boolean('isOver'),
    cancelledBy: row.textOrNull('cancelledBy'),
    isRepeated: row.boolean('isRepeated'),
  };
}

// By hand: another user of stored-shape.ts would have the bundler put it in a file of its own, which every list would load.
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function isProgress(value: unknown): value is OperationProgress {
  if (!isRecord(value)) return false;
  const { step, done, total } = value;
  return typeof step === 'string' && typeof done === 'number' && (total === null || typeof total === 'number');
}

function isError(value: unknown): value is OperationError {
  if (!isRecord(value)) return false;
  const { code, message, hint } = value;
  return typeof code === 'string' && typeof message === 'string' && (hint === null || typeof hint === 'string');
}
