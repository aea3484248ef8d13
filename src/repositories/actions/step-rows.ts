import { type GuestPlan, type OperationStep, type SentCall, STEP_STATES } from '../../types/action.ts';
import type { UpsertSpec } from '../db/dialect.ts';
import type { Row } from '../db/row.ts';
import { isArrayOf, isNullOr, isNumber, isShape, isText, isWord } from '../db/stored-shape.ts';

/** How long an action may take that is looked for by when it was asked for. */
export const LONGEST_MS = 7 * 24 * 3_600_000;
/** What clocks of machines, and that of the database, may be off. */
export const CLOCK_MS = 60_000;

export const STEPS = {
  table: 'operation_steps',
  columns: {
    operationId: 'text',
    seq: 'int',
    providerId: 'text',
    providerName: 'text',
    guestId: 'text',
    kind: 'text',
    vmid: 'int',
    name: 'text',
    node: 'text',
    lockKey: 'text',
    state: 'text',
    plan: 'json',
    seal: 'text',
    calls: 'json',
    message: 'text',
    startedAt: 'datetime',
    finishedAt: 'datetime',
  },
  key: ['lockKey'],
  ignoreExisting: true,
} as const satisfies UpsertSpec;

export const STEP_COLUMNS = Object.keys(STEPS.columns);

export const isSentCalls = isArrayOf(
  isShape<SentCall, Pick<SentCall, 'account'>>(
    {
      index: isNumber,
      sentAt: isText,
      ref: isNullOr(isText),
      endedAt: isNullOr(isText),
      outcome: isNullOr(isWord(['ok', 'warning', 'failed', 'unknown'])),
      message: isNullOr(isText),
    },
    { account: isText },
  ),
);

/** Whether it looks like one: what it says counts only with its seal. */
function isGuestPlan(value: unknown): value is GuestPlan {
  if (typeof value !== 'object' || value === null) return false;
  return ['action', 'subject', 'calls', 'checks', 'risks', 'effects', 'load'].every((key) => key in value);
}

export function toStep(row: Row): OperationStep {
  return {
    operationId: row.text('operationId'),
    seq: row.number('seq'),
    subject: {
      providerId: row.text('providerId'),
      providerName: row.text('providerName'),
      guestId: row.textOrNull('guestId'),
      kind: row.word('kind', ['qemu', 'lxc']),
      vmid: row.number('vmid'),
      name: row.textOrNull('name'),
      node: row.text('node'),
    },
    state: row.word('state', STEP_STATES),
    plan: row.json('plan', isGuestPlan),
    seal: row.text('seal'),
    calls: row.json('calls', isSentCalls),
    message: row.textOrNull('message'),
    startedAt: row.timeOrNull('startedAt'),
    finishedAt: row.timeOrNull('finishedAt'),
  };
}
