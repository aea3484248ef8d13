import {
  type BilledServer,
  type ChargedHours,
  type PlannedProposal,
  rangeOf,
  type Transaction,
} from '../../types/billing.ts';
import { groupBy } from '../../types/group-by.ts';
import type { GuestFacts } from './facts-by-guest.ts';
import { without } from './hour-ranges.ts';
import { appliedAmount, entryAmount, subjectOf } from './proposal-parts.ts';
import { hourAfter } from './unbilled-hours.ts';

/**
 * Hours that were charged though the guest had ended before them. They are credited as they were charged: for each version of the
 * price list, a credit by itself. Pure.
 */
export function planCredits(server: BilledServer, { guest, transactions }: GuestFacts): PlannedProposal[] {
  if (guest.presence !== 'gone' || guest.goneAt === null) return [];
  const end = hourAfter(guest.goneAt);
  const credited = transactions.filter(({ kind }) => kind === 'credit').flatMap(rangeOf);
  const late = transactions.filter(({ kind, toHour }) => kind === 'charge' && toHour !== null && toHour > end);
  return [...groupBy(late, ({ priceVersion }) => String(priceVersion)).values()].flatMap((charges) => {
    const hours = charges.flatMap((charge) => creditedHours(charge, { end, credited }));
    const [first] = charges;
    if (hours.length === 0 || first === undefined) return [];
    const { currency, priceVersion } = first;
    const detail = { server: null, hours, why: [], doubts: [] };
    const amount = appliedAmount({ kind: 'credit', detail });
    const key = `credit ${guest.id} ${priceVersion}`;
    return [{ ...subjectOf(server), kind: 'credit', key, detail, rate: null, amount, currency, priceVersion }];
  });
}

function creditedHours(
  charge: Transaction,
  { end, credited }: { end: number; credited: Parameters<typeof without>[1] },
): ChargedHours[] {
  return rangeOf(charge).flatMap(([fromHour, toHour]) =>
    without([Math.max(fromHour, end), toHour], credited).map(([from, to]) => {
      const size = { cpus: null, memoryBytes: null, diskBytes: null };
      const hours = { fromHour: from, toHour: to, ...size, by: charge.id, rate: charge.rate };
      return { ...hours, amount: entryAmount('credit', hours) };
    }),
  );
}
