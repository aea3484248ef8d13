import type {
  BilledServer,
  BillingProposal,
  ChargedHours,
  PlannedProposal,
  ProposalKind,
} from '../../types/billing.ts';
import type { PriceVersion } from '../../types/price-list.ts';
import { sumOf, timesHours } from './decimal.ts';

/** Rate, amount and currency of a proposal about hours. `rate`: null where they have several. */
export function describeHours(
  hours: readonly ChargedHours[],
  { prices, version }: PriceVersion,
): Pick<PlannedProposal, 'rate' | 'amount' | 'currency' | 'priceVersion'> {
  const amounts = hours.map(({ amount }) => amount);
  const [rate = null, ...others] = new Set(hours.map((one) => one.rate));
  return {
    rate: others.length === 0 ? rate : null,
    amount: amounts.every((amount) => amount !== null) ? sumOf(amounts) : null,
    currency: prices.currency,
    priceVersion: version,
  };
}

/** What applying a proposal adds up to, by its rates and hours and not by the amount that is stored. null: it has no price. */
export function appliedAmount({ kind, detail }: Pick<BillingProposal, 'kind' | 'detail'>): string | null {
  const amounts = detail.hours.map((hours) => entryAmount(kind, hours));
  return amounts.every((amount) => amount !== null) ? sumOf(amounts) : null;
}

/** Of one row of the account book. Credits are negative. */
export function entryAmount(
  kind: ProposalKind,
  { fromHour, toHour, rate }: Pick<ChargedHours, 'fromHour' | 'toHour' | 'rate'>,
): string | null {
  if (rate === null) return null;
  return timesHours(rate, kind === 'credit' ? fromHour - toHour : toHour - fromHour);
}

/** Of a proposal about a server of the book. */
export function subjectOf({ guestId, accountKey, name }: BilledServer) {
  return { accountKey, panelName: '', findingId: null, guestId, recordId: null, subject: name };
}
