import type { BillingProposal } from '../../types/billing.ts';
import type { PriceVersion } from '../../types/price-list.ts';
import { isAtMost } from './decimal.ts';
import { appliedAmount } from './proposal-parts.ts';

/** The first rule of the price list that lets a proposal be applied without a person: from 1; null: none does. Pure. */
export function findRule({ prices, version }: PriceVersion, proposal: BillingProposal): number | null {
  const { kind, accountKey, currency, priceVersion } = proposal;
  const amount = appliedAmount(proposal);
  if (amount === null || currency !== prices.currency || priceVersion !== version) return null;
  const index = prices.apply.findIndex(({ kinds, accounts, most }) => {
    const isOfAccount = accounts === undefined || (accountKey !== null && accounts.includes(accountKey));
    return kinds.includes(kind) && isOfAccount && isAtMost(amount, most);
  });
  return index < 0 ? null : index + 1;
}
