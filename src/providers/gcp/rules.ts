import { NO_TASKS } from '../../types/incarnation.ts';
import { findScope } from '../../types/scope.ts';
import { sectionOf } from '../../types/section.ts';
import { baseRules } from '../base-rules.ts';
import { attributeByEvents } from '../events/attribute.ts';
import type { EventTraits } from '../events/event-traits.ts';
import { RecordIndex } from '../events/record-index.ts';
import type { ProviderRules } from '../rules.ts';

/** The Date header has whole seconds. */
const CLOCK_ERROR_MS = 1_500;

const TRAITS: EventTraits = {
  requests: new Set(),
  isSetting: (path) => sectionOf(path) === 'config',
  // An address that is lent goes back when the instance stops.
  followsPower: (path) => path === 'guest.addresses',
};

const base = baseRules({ id: 'id', guests: 'instances', nodes: 'zones', destroyed: 'deleted' });

/** Ids of 64 bits, which are never used again, and the audit log. */
export const rules: ProviderRules = {
  ...base,
  lifecycleOf: () => NO_TASKS,
  toFacts: (known, seen, finishedAt) => {
    const facts = base.toFacts(known, seen, finishedAt);
    const all = [...known.recentRecords, ...seen.records];
    const events = findScope(seen.scopes, 'events')?.coverage;
    const gaps = {
      log: events !== 'complete' || known.incompleteSince['events'] !== undefined,
      nodes: new Set<string>(),
    };
    const records = [...new Map(all.map((record) => [record.ref, record])).values()];
    return { ...facts, evidence: { ...facts.evidence, records, clockErrorMs: CLOCK_ERROR_MS, gaps } };
  },
  findDestruction: ({ identity }, window, { evidence }) => {
    const records = new RecordIndex(evidence).within(identity.handle, window);
    const found = records.filter(({ verb }) => verb === 'destroy');
    const [first] = found;
    return first === undefined
      ? null
      : { actor: found.every(({ actor }) => actor === first.actor) ? first.actor : null };
  },
  attribute: attributeByEvents(TRAITS),
};
