import { openActedChanges } from '../../app/open-acted-changes.ts';
import { type ActedQuery, actionsOf, placeOf } from '../../services/history/acted-changes.ts';
import type { ActedStep, ActionAuthorship } from '../../types/acted.ts';
import type { ChangeRecord } from '../../types/change-record.ts';
import { AppError } from '../../types/errors.ts';
import type { Change } from '../../types/history.ts';
import type { ChangeQuery } from '../../types/history-query.ts';
import type { CliContext } from '../context.ts';
import type { Column } from '../output/column.ts';

/** Throws AppError('not-found') without such an operation, AppError('usage') for one that is no action. */
export async function actedQuery(context: CliContext, id: string, query: ChangeQuery): Promise<ActedQuery> {
  const operation = await (await context.app.operations()).get(id);
  if (operation.kind !== 'action') {
    throw new AppError('usage', `operation ${operation.id} is a ${operation.kind}, which changes no guest`, {
      hint: `rollcall operations show ${operation.id}`,
    });
  }
  return (await openActedChanges(context.app)).ofOperation(operation.id, query);
}

/** Records with the action that made them, for outputs that tell of it. `steps`: those that come into question, if they are known. */
export async function withActions(
  context: CliContext,
  records: readonly ChangeRecord[],
  { changes, steps }: { changes: readonly Change[]; steps?: readonly ActedStep[] },
): Promise<ChangeRecord[]> {
  const asked = steps ?? (await (await openActedChanges(context.app)).stepsOf(changes));
  const actions = actionsOf(changes, asked);
  return records.map((record) => ({ ...record, ...toKeys(actions.get(placeOf(record))) }));
}

function toKeys(author: ActionAuthorship | undefined) {
  return {
    operation: author?.id ?? null,
    operationBy: author?.by ?? null,
    operationHost: author?.host ?? null,
    operationReason: author?.reason ?? null,
  };
}

/** `operation op1: ann on ann-laptop, CHG-17`. */
export function actionLine({ author: { id, by, host, reason } }: ActedStep): string {
  return `operation ${id}: ${by}${host === null ? '' : ` on ${host}`}${reason === null ? '' : `, ${reason}`}`;
}

const has = (key: 'operation' | 'operationReason') => (rows: readonly ChangeRecord[]) =>
  rows.some((row) => row[key] != null);

export const ACTED_COLUMNS: readonly Column<ChangeRecord>[] = [
  { key: 'operation', raw: ({ operation }) => operation, detail: has('operation') },
  {
    key: 'operationBy',
    header: 'ASKED BY',
    raw: ({ operationBy }) => operationBy,
    text: ({ operationBy, operationHost }) => [operationBy, operationHost].filter((part) => part != null).join('@'),
    detail: has('operation'),
  },
  { key: 'operationHost', raw: ({ operationHost }) => operationHost, detail: 'named' },
  {
    key: 'operationReason',
    header: 'REASON',
    raw: ({ operationReason }) => operationReason,
    detail: has('operationReason'),
  },
];

/** What `-o csv` has after the usual ones. */
export const ACTED_FILE_COLUMNS: readonly Column<ChangeRecord>[] = [
  { key: 'operation', raw: ({ operation }) => operation },
  { key: 'operationBy', raw: ({ operationBy }) => operationBy },
  { key: 'operationHost', raw: ({ operationHost }) => operationHost },
  { key: 'operationReason', raw: ({ operationReason }) => operationReason },
];
