import type { Operation, OperationProgress, OperationState } from '../../types/operation.ts';
import type { Column, Tone } from '../output/column.ts';
import { formatDuration, formatLocal, formatLocalIso } from '../output/format.ts';

const TONE: Readonly<Record<OperationState, Tone>> = {
  waiting: 'plain',
  running: 'good',
  done: 'plain',
  failed: 'bad',
  cancelled: 'warn',
};

export const OPERATION_COLUMNS: readonly Column<Operation>[] = [
  { key: 'id', raw: ({ id }) => id, isSolid: true },
  {
    key: 'requestedAt',
    header: 'ASKED',
    isSolid: true,
    raw: ({ requestedAt }) => requestedAt,
    text: ({ requestedAt }, { isWide }) => (isWide ? formatLocalIso(requestedAt) : formatLocal(requestedAt)),
  },
  { key: 'kind', raw: ({ kind }) => kind },
  { key: 'provider', raw: ({ providerName }) => providerName },
  { key: 'state', raw: ({ state }) => state, tone: ({ state }) => TONE[state] },
  { key: 'requestedBy', header: 'BY', raw: ({ requestedBy }) => requestedBy, spare: 1 },
  { key: 'via', raw: ({ requestedVia }) => requestedVia, detail: 'wide' },
  {
    key: 'progress',
    raw: ({ progress }) => (progress === null ? null : progressText(progress)),
    detail: (rows) => rows.some(({ state, progress }) => state === 'running' && progress !== null),
  },
  {
    key: 'durationMs',
    header: 'TOOK',
    raw: durationMs,
    text: (row) => tookText(row),
    align: 'right',
    spare: 2,
  },
  {
    key: 'error',
    raw: ({ error }) => error?.message ?? null,
    tone: ({ state }) => (state === 'failed' ? 'bad' : 'warn'),
    detail: (rows) => rows.some(({ error }) => error !== null),
  },
  { key: 'alsoAskedBy', header: 'ALSO BY', raw: ({ alsoAskedBy }) => alsoAskedBy, detail: 'wide' },
  { key: 'cancelledBy', header: 'CANCELLED BY', raw: ({ cancelledBy }) => cancelledBy, detail: 'wide' },
];

function durationMs({ startedAt, finishedAt }: Operation): number | null {
  return startedAt === null || finishedAt === null ? null : finishedAt.getTime() - startedAt.getTime();
}

function tookText(operation: Operation): string {
  const ms = durationMs(operation);
  return ms === null ? '' : formatDuration(ms);
}

/** `reading guests 12/340`. */
export function progressText({ step, done, total }: OperationProgress): string {
  return total === null ? step : `${step} ${done}/${total}`;
}

/** Of an action who asked for it, and why. */
function parameterPairs({ kind, parameters }: Operation): Record<string, string> {
  if (kind !== 'action') {
    return Object.keys(parameters).length > 0 ? { parameters: JSON.stringify(parameters) } : {};
  }
  const { verb, host, commandLine, reason } = parameters;
  const texts = { action: verb, reason, host, command: commandLine };
  return Object.fromEntries(
    Object.entries(texts).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])),
  );
}

/** What `operations show` prints of one; without what there is not. */
export function operationPairs(operation: Operation): { key: string; value: string }[] {
  const { state, progress, error, cancelledBy, alsoAskedBy, startedAt, finishedAt } = operation;
  const lines = {
    operation: `${operation.kind} of ${operation.providerName ?? 'no provider'}`,
    id: operation.id,
    state: finishedAt === null && cancelledBy !== null ? `${state}, to be cancelled` : state,
    ...parameterPairs(operation),
    'asked by': `${operation.requestedBy} (${operation.requestedVia}), ${formatLocal(operation.requestedAt)}`,
    ...(alsoAskedBy.length > 0 && { 'also asked by': alsoAskedBy.join(', ') }),
    ...(startedAt !== null && { began: formatLocal(startedAt) }),
    ...(finishedAt !== null && { ended: [formatLocal(finishedAt), ...tookIn(operation)].join(', after ') }),
    ...(cancelledBy !== null && { 'cancelled by': cancelledBy }),
    ...(progress !== null && state === 'running' && { progress: progressText(progress) }),
    ...(error !== null && { [state === 'failed' ? 'error' : 'begun again, for']: error.message }),
    ...(error?.hint != null && { hint: error.hint }),
  };
  return Object.entries(lines).map(([key, value]) => ({ key, value }));
}

function tookIn(operation: Operation): string[] {
  const took = tookText(operation);
  return took === '' ? [] : [took];
}
