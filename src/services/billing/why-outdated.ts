import { canonicalJson } from '../../repositories/history/hash-chain.ts';
import { type BillingProposal, type ChargedHours, type PlannedProposal, rangeOf } from '../../types/billing.ts';
import { groupBy } from '../../types/group-by.ts';
import { countHours, withoutAll } from './hour-ranges.ts';

/**
 * Why a proposal is not applied as it is stored: it is not open, what is known now does not propose the same, or only fewer hours
 * or another rate. Hours that came since are no reason. null: it is still right. Pure.
 */
export function whyOutdated(proposal: BillingProposal, wanted: ReadonlyMap<string, PlannedProposal>): string | null {
  if (proposal.state !== 'open') return `it is ${proposal.state} already`;
  const now = wanted.get(proposal.key);
  if (now === undefined) return 'what is known now does not propose it any more';
  const [why] = now.detail.why;
  if (why !== undefined) return why;
  if (termsOf(now) !== termsOf(proposal))
    return 'its server, its account, its doubts or the price list are other ones by now';
  const { hours } = proposal.detail;
  const isSame = isEachHourOnce(hours) && areCovered(hours, now.detail.hours);
  return isSame ? null : 'its hours or their rate are other ones by now';
}

function termsOf({
  kind,
  guestId,
  accountKey,
  currency,
  priceVersion,
  detail,
}: PlannedProposal | BillingProposal): string {
  return canonicalJson([kind, guestId, accountKey, currency, priceVersion, detail.server, detail.doubts]);
}

/** Whether each hour is in the others, at the same rate. */
function areCovered(hours: readonly ChargedHours[], others: readonly ChargedHours[]): boolean {
  const ofRate = groupBy(others, ({ rate }) => String(rate));
  return [...groupBy(hours, ({ rate }) => String(rate))].every(([rate, some]) => {
    const ordered = some.toSorted((a, b) => a.fromHour - b.fromHour);
    const left = withoutAll(ordered.flatMap(rangeOf), (ofRate.get(rate) ?? []).flatMap(rangeOf));
    return left.flat().length === 0;
  });
}

/** The account book is compared with all hours of a proposal at once, and would not see that it has some twice. */
function isEachHourOnce(hours: readonly ChargedHours[]): boolean {
  const ranges = hours.flatMap(rangeOf);
  return countHours(ranges) === ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}
