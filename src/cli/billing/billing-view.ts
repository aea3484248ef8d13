import type { AppliedProposal } from '../../services/billing/billing-service.ts';
import type { BilledServer, BillingProposal, ChargedHours, Transaction } from '../../types/billing.ts';
import { HOUR_MS } from '../../types/billing.ts';
import type { Column } from '../output/column.ts';
import { formatBytes, formatLocal } from '../output/format.ts';
import type { View } from '../output/output.ts';

const PROPOSAL_COLUMNS: readonly Column<BillingProposal>[] = [
  { key: 'id', raw: ({ id }) => id },
  { key: 'kind', raw: ({ kind }) => kind },
  { key: 'state', raw: ({ state }) => state },
  { key: 'account', raw: ({ accountKey }) => accountKey },
  { key: 'subject', raw: ({ subject }) => subject, spare: 3 },
  { key: 'hours', raw: ({ detail }) => hoursIn(detail.hours), align: 'right' },
  { key: 'amount', raw: ({ amount }) => amount, align: 'right' },
  { key: 'currency', raw: ({ currency }) => currency },
  { key: 'why', header: 'CANNOT BE APPLIED', raw: ({ detail }) => detail.why.join('; '), tone: () => 'warn' },
  { key: 'doubts', raw: ({ detail }) => detail.doubts.join('; '), tone: () => 'warn' },
];

export function proposalsView(empty: string): View<readonly BillingProposal[], BillingProposal> {
  return { columns: PROPOSAL_COLUMNS, rows: (value) => value, ref: ({ id }) => id, empty };
}

const HOUR_COLUMNS: readonly Column<ChargedHours>[] = [
  { key: 'from', raw: ({ fromHour }) => timeOf(fromHour) },
  { key: 'to', raw: ({ toHour }) => timeOf(toHour) },
  { key: 'hours', raw: ({ fromHour, toHour }) => toHour - fromHour, align: 'right' },
  { key: 'cpus', raw: ({ cpus }) => cpus, align: 'right' },
  { key: 'memory', raw: ({ memoryBytes }) => formatBytes(memoryBytes), align: 'right' },
  { key: 'by', header: 'PRICE', raw: ({ by }) => by },
  { key: 'rate', raw: ({ rate }) => rate, align: 'right' },
  { key: 'amount', raw: ({ amount }) => amount, align: 'right' },
];

/** One proposal with its hours. */
export const PROPOSAL_VIEW: View<BillingProposal, BillingProposal> = {
  columns: PROPOSAL_COLUMNS,
  rows: (value) => [value],
  ref: ({ id }) => id,
  layout: (value, draw) => [
    draw.plain(pairsOf(value)),
    ...(value.detail.hours.length === 0 ? [] : [draw.line(''), draw.grid(HOUR_COLUMNS, value.detail.hours)]),
  ],
};

function pairsOf(proposal: BillingProposal): { key: string; value: string }[] {
  const { id, kind, state, accountKey, subject, amount, currency, panelName, priceVersion, detail } = proposal;
  const { createdAt, decidedAt, decidedBy, rev } = proposal;
  const pairs: [string, string | null][] = [
    ['id', id],
    ['kind', kind],
    ['state', state],
    ['subject', subject],
    ['account', accountKey],
    ['panel', panelName === '' ? null : panelName],
    ['amount', amount === null ? null : `${amount} ${currency ?? ''}`],
    ['price list', priceVersion === null ? null : `version ${priceVersion}`],
    ['made', formatLocal(createdAt)],
    ['decided', decidedAt === null ? null : formatLocal(decidedAt)],
    ['by', decidedBy],
    ['revision', rev === null ? null : String(rev)],
    ...detail.why.map((why): [string, string] => ['cannot be applied', why]),
    ...detail.doubts.map((doubt): [string, string] => ['doubt', doubt]),
  ];
  return pairs.flatMap(([key, value]) => (value === null ? [] : [{ key, value }]));
}

export const APPLIED_VIEW: View<readonly AppliedProposal[], AppliedProposal> = {
  columns: [
    { key: 'id', raw: ({ id }) => id },
    { key: 'subject', raw: ({ subject }) => subject },
    { key: 'revision', raw: ({ rev }) => rev, align: 'right' },
    { key: 'why', header: 'NOT APPLIED', raw: ({ why }) => why, tone: () => 'warn' },
  ],
  rows: (value) => value,
  ref: ({ id }) => id,
  empty: 'nothing to apply',
};

export const SERVER_COLUMNS: readonly Column<BilledServer>[] = [
  { key: 'id', raw: ({ id }) => id },
  { key: 'account', raw: ({ accountKey }) => accountKey },
  { key: 'name', raw: ({ name }) => name, spare: 3 },
  { key: 'nativeId', header: 'GUEST', raw: ({ nativeId }) => nativeId },
  { key: 'package', raw: ({ package: name }) => name ?? 'by size' },
  { key: 'since', raw: ({ at }) => at, text: ({ at }) => formatLocal(at) },
];

export const TRANSACTION_COLUMNS: readonly Column<Transaction>[] = [
  { key: 'id', raw: ({ id }) => id, detail: 'wide' },
  { key: 'server', raw: ({ serverId }) => serverId },
  { key: 'kind', raw: ({ kind }) => kind },
  { key: 'from', raw: ({ fromHour }) => timeOf(fromHour) },
  { key: 'to', raw: ({ toHour }) => timeOf(toHour) },
  { key: 'rate', raw: ({ rate }) => rate, align: 'right' },
  { key: 'amount', raw: ({ amount }) => amount, align: 'right' },
  { key: 'currency', raw: ({ currency }) => currency },
  { key: 'by', raw: ({ by }) => by },
  { key: 'reason', raw: ({ reason }) => reason, detail: 'wide' },
  { key: 'revision', raw: ({ rev }) => rev, align: 'right', detail: 'wide' },
];

function hoursIn(hours: readonly ChargedHours[]): number {
  return hours.reduce((sum, { fromHour, toHour }) => sum + toHour - fromHour, 0);
}

/** `2026-11-21 10:00` in UTC: hours are the same for everybody. */
function timeOf(hour: number | null): string | null {
  return hour === null ? null : new Date(hour * HOUR_MS).toISOString().slice(0, 16).replace('T', ' ');
}
