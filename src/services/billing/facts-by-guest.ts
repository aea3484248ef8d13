import type { BillingFacts, BillingGuest } from '../../repositories/reconcile/billing-repository.ts';
import type { BilledServer, BillingProposal, Sighting, Transaction } from '../../types/billing.ts';
import { groupBy } from '../../types/group-by.ts';

/** What is known of one incarnation. */
export interface GuestFacts {
  guest: BillingGuest;
  /** Of the account book. */
  server: BilledServer | null;
  sightings: readonly Sighting[];
  transactions: readonly Transaction[];
  rejected: readonly BillingProposal[];
  /** Names of panels that have a record of it. */
  panelNames: readonly string[];
}

/** By the ids of guests: a book has thousands of servers, and lists are gone through once. Pure. */
export function factsByGuest(facts: BillingFacts): ReadonlyMap<string, GuestFacts> {
  const servers = new Map(facts.servers.map((server) => [server.guestId, server]));
  const sightings = groupBy(facts.sightings, ({ guestId }) => guestId);
  const transactions = groupBy(facts.transactions, ({ guestId }) => guestId);
  const rejected = groupBy(facts.rejected, ({ guestId }) => guestId);
  const records = groupBy(facts.records, ({ guestId }) => guestId);
  return new Map(
    facts.guests.map((guest) => [
      guest.id,
      {
        guest,
        server: servers.get(guest.id) ?? null,
        sightings: sightings.get(guest.id) ?? [],
        transactions: transactions.get(guest.id) ?? [],
        rejected: rejected.get(guest.id) ?? [],
        panelNames: (records.get(guest.id) ?? []).map(({ panelName }) => panelName),
      },
    ]),
  );
}
