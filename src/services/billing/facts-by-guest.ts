import type { BillingFacts, BillingGuest } from '../../repositories/reconcile/billing-repository.ts';
import type { BilledServer, BillingProposal, Sighting, Transaction } from '../../types/billing.ts';

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
  const sightings = grouped(facts.sightings, ({ guestId }) => guestId);
  const transactions = grouped(facts.transactions, ({ guestId }) => guestId);
  const rejected = grouped(facts.rejected, ({ guestId }) => guestId);
  const records = grouped(facts.records, ({ guestId }) => guestId);
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

export function grouped<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
}
