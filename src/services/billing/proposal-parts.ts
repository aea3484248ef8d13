import type { ChargedHours, PlannedProposal } from '../../types/billing.ts';
import type { PriceVersion } from '../../types/price-list.ts';
import { sumOf } from './decimal.ts';

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
