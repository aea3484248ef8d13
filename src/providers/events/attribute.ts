import type { AuditRecord, AuditVerb } from '../../types/audit-record.ts';
import type { UnattributedChange } from '../../types/evidence.ts';
import type { PlannedChange } from '../../types/history.ts';
import { asLikely, type Explanation, isOneActor, toPlanned, UNEXPLAINED } from '../explanation.ts';
import type { ProviderRules } from '../rules.ts';
import { attributeFields } from './attribute-fields.ts';
import type { EventTraits } from './event-traits.ts';
import { explainBy } from './explanation.ts';
import { ofOneLife } from './one-life.ts';
import { RecordIndex } from './record-index.ts';

/** The first that is there says how a guest was made: a clone is created too. */
const MAKERS: readonly AuditVerb[] = ['clone', 'register', 'create'];
const REMOVERS: readonly AuditVerb[] = ['destroy', 'unregister'];

/**
 * Says who made each change. A change of several fields becomes several where different events explain them. What was seen for
 * the first time has no actor, and neither have nodes and storages.
 */
export function attributeByEvents(traits: EventTraits): ProviderRules['attribute'] {
  return (changes, evidence) => {
    const index = new RecordIndex(evidence);
    return changes.flatMap((change) => {
      const { guest, notBefore, event } = change;
      if (guest === null || notBefore === null || event === 'observed') return [toPlanned(change, UNEXPLAINED)];
      const madeAt = traits.madeAt?.(guest.document ?? {}) ?? null;
      const records = ofOneLife(index.within(guest.identity.handle, change), madeAt, change.kind);
      const rows = explainChange(change, records, { index, traits, skewMs: evidence.clockSkewMs });
      return evidence.gaps?.log === true ? rows.map(withDoubt) : rows;
    });
  };
}

function explainChange(
  change: UnattributedChange,
  records: readonly AuditRecord[],
  context: { index: RecordIndex; traits: EventTraits; skewMs: number },
): PlannedChange[] {
  switch (change.kind) {
    case 'created':
      return [explainCreation(change, records, context.skewMs)];
    case 'removed':
      return [toPlanned(change, explainLife(records, REMOVERS, context.skewMs))];
    case 'changed':
      return attributeFields(change, records, context);
  }
}

function explainCreation(change: UnattributedChange, records: readonly AuditRecord[], skewMs: number): PlannedChange {
  const isClone = records.some(({ verb }) => verb === 'clone');
  const event = change.event ?? (isClone ? 'cloned' : null);
  return toPlanned({ ...change, event }, explainLife(records, MAKERS, skewMs));
}

/** A guest is made and removed once, so several such events of one user are one action. */
function explainLife(records: readonly AuditRecord[], verbs: readonly AuditVerb[], skewMs: number): Explanation {
  const found = records.filter(({ verb }) => verbs.includes(verb));
  const best = verbs.flatMap((verb) => found.filter((record) => record.verb === verb))[0];
  return best !== undefined && isOneActor(found) ? explainBy(best, 'exact', skewMs) : UNEXPLAINED;
}

/** Where events may be missing, another one may say otherwise. */
function withDoubt(row: PlannedChange): PlannedChange {
  return { ...row, attribution: asLikely(row.attribution) };
}
