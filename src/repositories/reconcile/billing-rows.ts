import {
  type BilledServer,
  type BillingProposal,
  type ChargedHours,
  PROPOSAL_KINDS,
  PROPOSAL_STATES,
  type ProposalDetail,
  type ProposedServer,
  TRANSACTION_KINDS,
  type Transaction,
} from '../../types/billing.ts';
import type { UpsertSpec } from '../db/dialect.ts';
import type { Row } from '../db/row.ts';
import { isArrayOf, isNullOr, isNumber, isShape, isText, isTexts } from '../db/stored-shape.ts';

export const PROPOSALS = {
  table: 'billing_proposals',
  columns: {
    id: 'text',
    kind: 'text',
    key: 'text',
    openKey: 'text',
    state: 'text',
    accountKey: 'text',
    panelName: 'text',
    findingId: 'text',
    guestId: 'text',
    recordId: 'text',
    subject: 'text',
    detail: 'json',
    rate: 'text',
    amount: 'text',
    currency: 'text',
    priceVersion: 'int',
    createdAt: 'datetime',
  },
  key: ['openKey'],
  ignoreExisting: true,
} as const satisfies UpsertSpec;

export const SERVERS = {
  table: 'servers',
  columns: {
    id: 'text',
    guestId: 'text',
    accountKey: 'text',
    name: 'text',
    providerId: 'text',
    nativeId: 'text',
    package: 'text',
    cpus: 'float',
    memoryBytes: 'bigint',
    diskBytes: 'bigint',
    rev: 'int',
    seq: 'int',
    at: 'datetime',
  },
  key: ['id'],
} as const satisfies UpsertSpec;

export const TRANSACTIONS = {
  table: 'transactions',
  columns: {
    id: 'text',
    serverId: 'text',
    guestId: 'text',
    kind: 'text',
    fromHour: 'int',
    toHour: 'int',
    rate: 'text',
    amount: 'text',
    currency: 'text',
    priceVersion: 'int',
    proposalId: 'text',
    by: 'text',
    reason: 'text',
    rev: 'int',
    seq: 'int',
    at: 'datetime',
  },
  key: ['id'],
} as const satisfies UpsertSpec;

const SIZE = { cpus: isNullOr(isNumber), memoryBytes: isNullOr(isNumber), diskBytes: isNullOr(isNumber) };
const isHours = isShape<ChargedHours>({
  ...SIZE,
  fromHour: isNumber,
  toHour: isNumber,
  by: isNullOr(isText),
  rate: isNullOr(isText),
  amount: isNullOr(isText),
});
const isServer = isShape<ProposedServer>({
  ...SIZE,
  name: isText,
  providerId: isText,
  nativeId: isText,
  package: isNullOr(isText),
});
const isDetail = isShape<ProposalDetail>({
  server: isNullOr(isServer),
  hours: isArrayOf(isHours),
  why: isTexts,
  doubts: isTexts,
});

export function toProposal(row: Row): BillingProposal {
  return {
    id: row.text('id'),
    kind: row.word('kind', PROPOSAL_KINDS),
    key: row.text('key'),
    state: row.word('state', PROPOSAL_STATES),
    accountKey: row.textOrNull('accountKey'),
    panelName: row.text('panelName'),
    findingId: row.textOrNull('findingId'),
    guestId: row.text('guestId'),
    recordId: row.textOrNull('recordId'),
    subject: row.text('subject'),
    detail: row.json('detail', isDetail),
    rate: row.textOrNull('rate'),
    amount: row.textOrNull('amount'),
    currency: row.textOrNull('currency'),
    priceVersion: row.numberOrNull('priceVersion'),
    createdAt: row.time('createdAt'),
    decidedAt: row.timeOrNull('decidedAt'),
    decidedBy: row.textOrNull('decidedBy'),
    rev: row.numberOrNull('rev'),
  };
}

export function toServer(row: Row): BilledServer {
  return {
    id: row.text('id'),
    guestId: row.text('guestId'),
    accountKey: row.text('accountKey'),
    name: row.text('name'),
    providerId: row.text('providerId'),
    nativeId: row.text('nativeId'),
    package: row.textOrNull('package'),
    ...sizeOf(row),
    rev: row.number('rev'),
    seq: row.number('seq'),
    at: row.time('at'),
  };
}

export function sizeOf(row: Row): Pick<BilledServer, 'cpus' | 'memoryBytes' | 'diskBytes'> {
  return {
    cpus: row.numberOrNull('cpus'),
    memoryBytes: row.numberOrNull('memoryBytes'),
    diskBytes: row.numberOrNull('diskBytes'),
  };
}

export function toTransaction(row: Row): Transaction {
  return {
    id: row.text('id'),
    serverId: row.text('serverId'),
    guestId: row.text('guestId'),
    kind: row.word('kind', TRANSACTION_KINDS),
    fromHour: row.numberOrNull('fromHour'),
    toHour: row.numberOrNull('toHour'),
    rate: row.textOrNull('rate'),
    amount: row.textOrNull('amount'),
    currency: row.textOrNull('currency'),
    priceVersion: row.numberOrNull('priceVersion'),
    proposalId: row.textOrNull('proposalId'),
    by: row.text('by'),
    reason: row.textOrNull('reason'),
    rev: row.number('rev'),
    seq: row.number('seq'),
    at: row.time('at'),
  };
}

export function columnsOf({ columns }: Pick<UpsertSpec, 'columns'>): string {
  return Object.keys(columns)
    .map((name) => `"${name}"`)
    .join(', ');
}
