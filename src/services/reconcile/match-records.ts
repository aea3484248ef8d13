import { groupBy } from '../../types/group-by.ts';
import type { MatchEvidence, PanelLink, PanelRecord } from '../../types/panel.ts';
import { CandidateFinder, hasOtherUuid, STRONG } from './candidates.ts';
import type { ComparedGuest } from './compared-guest.ts';
import { IdentityIndex, TIERS, type Tier } from './identity-index.ts';
import { identityDigest } from './record-identity.ts';

export interface Match {
  record: PanelRecord;
  guest: ComparedGuest;
  by: MatchEvidence;
}

/** A record that may be any of these guests. */
export interface Undecided {
  record: PanelRecord;
  guests: readonly ComparedGuest[];
  by: Tier;
}

/** Which guest each record is; every record is in one of the lists. */
export interface Matching {
  /** Several records may be one guest. */
  matches: readonly Match[];
  /** Its machine was removed: the incarnation that is gone. */
  gone: readonly { record: PanelRecord; guest: ComparedGuest }[];
  /** No machine of the inventory is it. */
  unknown: readonly PanelRecord[];
  /** Several machines have the UUID or the MAC address of the record. */
  duplicates: readonly Undecided[];
  /** Several machines may be it, or several records the same machine, and nothing decides. */
  ambiguous: readonly Undecided[];
}

/** What the inventory knows. */
export interface Machines {
  /** Those that are not gone, of all providers. */
  live: readonly ComparedGuest[];
  /** Ids of those that the panel is about. */
  inScope: ReadonlySet<string>;
  /** Those that are gone, of all providers, in the order in which they went. */
  gone: readonly ComparedGuest[];
  /** The guest that another one became when it was moved to another cluster, by the id of that one. */
  movedTo: ReadonlyMap<string, string>;
}

type Claim = Match & { by: Tier };

interface Found {
  matches: Match[];
  gone: { record: PanelRecord; guest: ComparedGuest }[];
  unknown: PanelRecord[];
  duplicates: Undecided[];
  ambiguous: Undecided[];
}

/**
 * Matches records with guests by evidence, the strongest first. A record stays with the incarnation that it was matched with, also once
 * that is gone: what has its vmid, name or address later is another machine. Pure; takes linear time.
 */
export function matchRecords(
  records: readonly PanelRecord[],
  machines: Machines,
  links: ReadonlyMap<string, PanelLink>,
): Matching {
  // What a panel has ended does not take a machine from what it still has.
  const current = records.filter(({ state }) => state !== 'terminated');
  const ended = records.filter(({ state }) => state === 'terminated');
  const matcher = new Matcher(machines, links);
  matcher.matchAll(current);
  matcher.matchEnded(ended);
  return matcher.found;
}

class Matcher {
  readonly found: Found = { matches: [], gone: [], unknown: [], duplicates: [], ambiguous: [] };
  readonly #live: ReadonlyMap<string, ComparedGuest>;
  readonly #gone: ReadonlyMap<string, ComparedGuest>;
  readonly #movedTo: Machines['movedTo'];
  readonly #links: ReadonlyMap<string, PanelLink>;
  readonly #candidates: CandidateFinder;
  readonly #goneIndex: IdentityIndex;
  /** Ids of guests that strong evidence gives to a record. */
  readonly #taken = new Set<string>();

  constructor({ live, inScope, gone, movedTo }: Machines, links: ReadonlyMap<string, PanelLink>) {
    this.#links = links;
    this.#movedTo = movedTo;
    this.#live = new Map(live.map((guest) => [guest.id, guest]));
    this.#gone = new Map(gone.map((guest) => [guest.id, guest]));
    this.#candidates = new CandidateFinder(live, inScope);
    this.#goneIndex = new IdentityIndex(gone);
  }

  matchAll(records: readonly PanelRecord[]): void {
    const weak = records.filter((record) => !this.#isLinked(record) && !this.#isKnown(record, new Set()));
    this.#matchWeakly(weak);
  }

  /** They get what nothing else is. */
  matchEnded(records: readonly PanelRecord[]): void {
    const isOpen = (record: PanelRecord) => !this.#isLinked(record) && !this.#isKnown(record, this.#taken);
    this.found.unknown.push(...records.filter(isOpen));
  }

  /** Whether it was matched before, and says the same of its machine as then. */
  #isLinked(record: PanelRecord): boolean {
    const known = this.#linkOf(record);
    if (known === null) return false;
    const guest = this.#live.get(this.#whereNow(known.guestId));
    const gone = this.#gone.get(known.guestId);
    if (guest !== undefined) this.#take({ record, guest, by: known.by });
    else if (gone !== undefined) this.found.gone.push({ record, guest: gone });
    return guest !== undefined || gone !== undefined;
  }

  #linkOf(record: PanelRecord): Pick<PanelLink, 'guestId' | 'by'> | null {
    if (record.guestId !== undefined) return { guestId: record.guestId, by: 'provider-id' };
    const link = this.#links.get(record.id);
    if (link === undefined || link.by === 'none') return null;
    return link.by === 'person' || link.digest === identityDigest(record, link.by) ? link : null;
  }

  /** It may have been moved more than once. */
  #whereNow(id: string): string {
    const seen = new Set<string>();
    let current = id;
    while (!seen.has(current)) {
      seen.add(current);
      current = this.#movedTo.get(current) ?? current;
    }
    return current;
  }

  /** By ids, UUIDs and MAC addresses, or by what is known of machines that are gone. */
  #isKnown(record: PanelRecord, taken: ReadonlySet<string>): boolean {
    const candidates = this.#candidates.find(record, taken);
    if (candidates === null || !STRONG.has(candidates.by)) return this.#isOfGone(record);
    const { guests, by, isContradictory } = candidates;
    const [guest] = guests;
    if (guests.length > 1) {
      const list = by === 'provider-id' || isContradictory ? this.found.ambiguous : this.found.duplicates;
      list.push({ record, guests, by });
      return true;
    }
    // An id that is in use again: the UUID is that of a machine that is gone.
    if (hasOtherUuid(record, guest) && this.#isOfGone(record)) return true;
    this.#take({ record, guest, by });
    return true;
  }

  #isOfGone(record: PanelRecord): boolean {
    if (this.#candidates.hasUuid(record)) return false;
    const tier = record.uuid === null ? 'provider-id' : 'uuid';
    const guest = this.#goneIndex.find(record, tier).at(-1);
    if (guest === undefined) return false;
    this.found.gone.push({ record, guest });
    return true;
  }

  /** By addresses and names, of the guests that are left. Of several records the one with the better evidence gets it. */
  #matchWeakly(records: readonly PanelRecord[]): void {
    const claims: Claim[] = [];
    for (const record of records) {
      const candidates = this.#candidates.find(record, this.#taken);
      if (candidates === null) {
        this.found.unknown.push(record);
        continue;
      }
      const { guests, by } = candidates;
      const [guest, ...more] = guests;
      if (more.length === 0) claims.push({ record, guest, by });
      else this.found.ambiguous.push({ record, guests, by });
    }
    for (const claim of groupBy(claims, ({ guest }) => guest.id).values()) this.#decide(claim);
  }

  /** Between records that may all be one guest. */
  #decide(claims: readonly Claim[]): void {
    const best = TIERS.find((tier) => claims.some(({ by }) => by === tier));
    const [only, ...equal] = claims.filter(({ by }) => by === best);
    if (only !== undefined && equal.length === 0) {
      this.found.matches.push(only);
      this.found.unknown.push(...claims.filter((one) => one !== only).map(({ record }) => record));
      return;
    }
    this.found.ambiguous.push(...claims.map(({ record, guest, by }) => ({ record, guests: [guest], by })));
  }

  #take(match: Match): void {
    this.#taken.add(match.guest.id);
    this.found.matches.push(match);
  }
}
