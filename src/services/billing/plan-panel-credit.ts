import type { PlannedProposal } from '../../types/billing.ts';
import type { Finding } from '../../types/finding.ts';
import type { PriceVersion } from '../../types/price-list.ts';
import { negated } from './decimal.ts';
import { packagePrice, rateOf } from './rate-of.ts';

/** A record of a panel that is paid for, and should not be. The panel has to credit it: its records are not in the account book. */
export function planPanelCredit(finding: Finding, { prices, version }: PriceVersion): PlannedProposal {
  const { panelName, recordId, guestId, accountKey, subject } = finding;
  const named = finding.evidence.comparisons.find(({ field }) => field === 'package')?.panel ?? null;
  const price = named === null ? null : packagePrice(prices, named);
  const rate =
    price === null ? null : rateOf(prices, { package: named, cpus: null, memoryBytes: null, diskBytes: null });
  const amount = price === null ? null : negated(price.amount);
  const what = price === null ? 'its price is not known' : `one ${price.per} of the package ${named}`;
  return {
    kind: 'credit',
    key: `credit ${panelName} ${recordId ?? finding.key}`,
    accountKey,
    panelName,
    findingId: finding.id,
    guestId: guestId ?? '',
    recordId,
    subject,
    detail: { server: null, hours: [], why: [`to be applied in ${panelName}: ${what}`], doubts: [] },
    rate: rate?.rate ?? null,
    amount,
    currency: prices.currency,
    priceVersion: version,
  };
}
