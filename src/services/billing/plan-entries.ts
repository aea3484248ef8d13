import type { BookEntries } from '../../repositories/reconcile/ledger-repository.ts';
import type { BilledServer, BillingProposal, Transaction } from '../../types/billing.ts';
import { AppError } from '../../types/errors.ts';
import { entryAmount } from './proposal-parts.ts';

export interface Deciding {
  /** A person, or a rule of the price list. */
  by: string;
  reason: string | null;
  now: Date;
  newId: () => string;
}

/**
 * The rows that a proposal adds to the account book; `server`: the one of the book that it is about. Amounts are computed again from
 * rates and hours. Pure.
 */
export function planEntries(
  proposal: BillingProposal,
  server: BilledServer | null,
  { by, reason, now, newId }: Deciding,
): BookEntries {
  const { kind, guestId, accountKey, detail } = proposal;
  const recorded =
    kind === 'create' && detail.server !== null && accountKey !== null
      ? { ...detail.server, id: newId(), guestId, accountKey, at: now }
      : null;
  const serverId = recorded?.id ?? server?.id;
  if (serverId === undefined) throw notInBook(proposal);
  const common = { serverId, guestId, proposalId: proposal.id, by, reason, at: now };
  const bare = { fromHour: null, toHour: null, rate: null, amount: null, currency: null, priceVersion: null };
  const mark = (of: 'open' | 'close'): Entry => ({ id: newId(), kind: of, ...bare, ...common });
  const hours = detail.hours.map((one): Entry => {
    const amount = entryAmount(kind, one);
    if (amount === null) throw notInBook(proposal);
    const { fromHour, toHour, rate } = one;
    const { currency, priceVersion } = proposal;
    const of = kind === 'credit' ? 'credit' : 'charge';
    return { id: newId(), kind: of, fromHour, toHour, rate, amount, currency, priceVersion, ...common };
  });
  const first = recorded === null ? [] : [mark('open')];
  const last = kind === 'close' ? [mark('close')] : [];
  return { proposalId: proposal.id, kind, guestId, server: recorded, transactions: [...first, ...hours, ...last], by };
}

type Entry = Omit<Transaction, 'rev' | 'seq'>;

function notInBook({ id }: BillingProposal): AppError {
  return new AppError('incomplete', `proposal ${id} cannot be applied: its server is not in the account book`, {
    hint: 'rollcall billing propose',
  });
}
