import type { Document } from '../../types/document.ts';
import type { Observation } from '../../types/observation.ts';
import { findScope } from '../../types/scope.ts';
import { baseRules, type PlatformWords } from '../base-rules.ts';
import { attributeByEvents } from '../events/attribute.ts';
import type { EventTraits } from '../events/event-traits.ts';
import { ofOneLife } from '../events/one-life.ts';
import { RecordIndex } from '../events/record-index.ts';
import { findUnidentified } from '../find-unidentified.ts';
import type { ProviderRules } from '../rules.ts';
import { identityRules } from '../system-identity.ts';

export interface CloudTraits {
  words: PlatformWords;
  events: EventTraits;
  /** Whether the power state of a guest was on its way to another one when it was seen: it was sent there before. */
  isOnItsWay: (document: Document) => boolean;
}

/** The Date header, by which clocks are compared, has whole seconds. */
const CLOCK_ERROR_MS = 1_500;
/** What is on its way was sent there so long before at most. */
const LONGEST_WAY_MS = 3_600_000;

/**
 * The rules of a cloud: its guests have ids that are never used again, its accounts, projects or subscriptions and their places can fail
 * each by itself, and it keeps a record of who did what, which may be told late.
 */
export function cloudRules({ words, events, isOnItsWay }: CloudTraits): ProviderRules {
  const base = baseRules(words);
  return {
    ...base,
    ...identityRules(areSameAreas),
    doubtAbsence: (guest, seen) =>
      findUnidentified(guest, seen.unidentified ?? []) ?? doubtPlace(guest.node, seen, words),
    changedAfter: (guest, seen, patch, facts) => {
      const since = base.changedAfter(guest, seen, patch, facts);
      return isOnItsWay(guest.document) ? new Date(since.getTime() - LONGEST_WAY_MS) : since;
    },
    toFacts: (known, seen, finishedAt) => {
      const facts = base.toFacts(known, seen, finishedAt);
      const coverage = findScope(seen.scopes, 'events')?.coverage;
      const gaps = {
        log: coverage !== 'complete' || known.incompleteSince['events'] !== undefined,
        nodes: new Set<string>(),
      };
      const all = [...known.recentRecords, ...seen.records];
      const records = [...new Map(all.map((record) => [record.ref, record])).values()];
      return { ...facts, evidence: { ...facts.evidence, records, clockErrorMs: CLOCK_ERROR_MS, gaps } };
    },
    findDestruction: ({ identity, document }, window, { evidence }) => {
      const all = new RecordIndex(evidence).within(identity.handle, window);
      const records = ofOneLife(all, events.madeAt?.(document) ?? null, 'removed');
      const found = records.filter(({ verb }) => verb === 'destroy');
      const [first] = found;
      if (first === undefined) return null;
      return { actor: found.every(({ actor }) => actor === first.actor) ? first.actor : null };
    },
    attribute: attributeByEvents(events),
  };
}

/** Counts only of a place that was asked and told of all its guests. */
function doubtPlace(node: string, seen: Observation, { guests }: PlatformWords): string | null {
  const listing = findScope(seen.scopes, 'guests');
  if (listing?.coverage !== 'complete') return listing?.message ?? `the list of ${guests} could not be read`;
  const place = seen.nodes.find(({ name }) => name === node);
  return place === undefined ? `${node} was not asked` : place.unobservable;
}

/** The id of what a provider reads: `accounts 111122223333,444455556666`. */
export function areasId(noun: string, ids: readonly string[]): string {
  return `${noun} ${[...new Set(ids)].toSorted().join(',')}`;
}

/** Accounts come and go: one in common is enough, for no two providers have one. */
function areSameAreas(one: string, other: string): boolean {
  const ids = new Set(idsOf(one));
  return idsOf(other).some((id) => ids.has(id));
}

function idsOf(systemId: string): string[] {
  return systemId.slice(systemId.indexOf(' ') + 1).split(',');
}
