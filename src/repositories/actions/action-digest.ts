import type { StepState } from '../../types/action.ts';
import type { ColumnType } from '../db/dialect.ts';
import type { Row } from '../db/row.ts';
import { isAnything, isNullOr, isShape, isText, isTexts } from '../db/stored-shape.ts';
import { selected } from '../db/where.ts';
import { canonicalJson, sha256 } from '../history/hash-chain.ts';
import { STEP_COLUMNS, STEPS } from './step-rows.ts';

/** What a revision says of an action to whoever reads the history. */
export interface ActionSummary {
  id: string;
  /** Who asked, by what: `cli`, and on which machine. */
  by: string;
  via: string;
  host: string | null;
  /** Without secrets. */
  commandLine: string | null;
  reason: string | null;
  verb: string | null;
  state: string;
  /** How many guests ended so. */
  guests: Readonly<Partial<Record<StepState, number>>>;
}

/** The detail of a revision of kind `operation`: a digest of the row of an action, and of each of its steps, in their order. */
export interface ActionDetail {
  summary: ActionSummary;
  operation: string;
  steps: readonly string[];
}

const isSummary = isShape<Pick<ActionSummary, 'id'>>({ id: isText });
const hasDigests = isShape<Pick<ActionDetail, 'operation' | 'steps'>>({ operation: isText, steps: isTexts });

export function isActionDetail(value: unknown): value is Pick<ActionDetail, 'operation' | 'steps'> & {
  summary: Pick<ActionSummary, 'id'>;
} {
  return hasDigests(value) && 'summary' in value && isSummary(value.summary);
}

/** All columns but `version`, which is a place in the feed and not in a copy, and `rev`, which is that of the revision itself. */
const OPERATION = {
  id: 'text',
  kind: 'text',
  providerId: 'text',
  providerName: 'text',
  parameters: 'json',
  state: 'text',
  openKey: 'text',
  runningKey: 'text',
  requestedBy: 'text',
  requestedVia: 'text',
  requestedAt: 'datetime',
  startedAt: 'datetime',
  finishedAt: 'datetime',
  holder: 'text',
  holderUntil: 'datetime',
  progress: 'json',
  result: 'json',
  error: 'json',
  cancelledBy: 'text',
  cancelledAt: 'datetime',
  alsoAskedBy: 'json',
} as const satisfies Record<string, ColumnType>;

export const ACTION_SQL = {
  operation: selected(Object.keys(OPERATION), 'o'),
  step: selected(STEP_COLUMNS, 's'),
};

export function operationDigest(row: Row): string {
  return rowDigest('operations', row, OPERATION);
}

export function stepDigest(row: Row): string {
  return rowDigest('operation_steps', row, STEPS.columns);
}

function rowDigest(table: string, row: Row, columns: Readonly<Record<string, ColumnType>>): string {
  const cells = Object.entries(columns).map(([name, type]) => [name, cellOf(row, name, type)]);
  return sha256(canonicalJson([table, Object.fromEntries(cells)]));
}

function cellOf(row: Row, name: string, type: ColumnType): unknown {
  switch (type) {
    case 'text':
      return row.textOrNull(name);
    case 'datetime':
      return row.timeOrNull(name)?.toISOString() ?? null;
    case 'json':
      return row.jsonOrNull(name, isAnything);
    case 'int':
    case 'bigint':
    case 'float':
    case 'bool':
      return row.numberOrNull(name);
  }
}

const isWords = isShape<Record<'host' | 'commandLine' | 'reason' | 'verb', string | null>>({
  host: isNullOr(isText),
  commandLine: isNullOr(isText),
  reason: isNullOr(isText),
  verb: isNullOr(isText),
});

/** What the parameters of an action say of who asked, and why. */
export function authorOf(parameters: unknown): Pick<ActionSummary, 'host' | 'commandLine' | 'reason' | 'verb'> {
  const known = { host: null, commandLine: null, reason: null, verb: null };
  const told = typeof parameters === 'object' && parameters !== null ? { ...known, ...parameters } : known;
  if (!isWords(told)) return known;
  const { host, commandLine, reason, verb } = told;
  return { host, commandLine, reason, verb };
}
