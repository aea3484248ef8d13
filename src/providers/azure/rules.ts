import type { Document } from '../../types/document.ts';
import type { Evidence, UnattributedChange } from '../../types/evidence.ts';
import type { GuestIdentity } from '../../types/guest.ts';
import { sectionOf } from '../../types/section.ts';
import { cloudRules } from '../cloud/rules.ts';
import type { ProviderRules } from '../rules.ts';
import { isOnItsWay } from './power.ts';

/** What comes and goes with the power, or by itself. */
const BY_ITSELF = new Set(['guest.addresses', 'power', 'provisioning']);

const base = cloudRules({
  words: { id: 'VM id', guests: 'virtual machines', nodes: 'locations', destroyed: 'deleted' },
  events: {
    requests: new Set(),
    isSetting: (path) => sectionOf(path) === 'config' && path !== 'power' && path !== 'provisioning',
    followsPower: (path) => BY_ITSELF.has(path),
  },
  isOnItsWay: (document) => isOnItsWay(document['power']),
});

/** Ids of virtual machines, which are never used again, and the activity log, which names them by ids that are. */
export const rules: ProviderRules = {
  ...base,
  findDestruction: (guest, window, facts) => {
    const evidence = ownEvidence(guest, facts.evidence);
    return base.findDestruction(guest, window, { ...facts, evidence });
  },
  attribute: (changes, evidence) => {
    const reused = new Set(evidence.records.flatMap(({ verb, target }) => (verb === 'destroy' ? (target ?? []) : [])));
    return segmentsOf(changes, reused).flatMap(({ subject, part }) =>
      base.attribute(part, subject === null ? evidence : ownEvidence(subject, evidence)),
    );
  },
};

interface Segment {
  /** Whose id in the API another machine had or has; null: of none. */
  subject: UnattributedChange['guest'];
  part: UnattributedChange[];
}

/** In their order, those that need no evidence of their own together. `reused`: ids of machines that were deleted. */
function segmentsOf(changes: readonly UnattributedChange[], reused: ReadonlySet<string>): Segment[] {
  const segments: Segment[] = [];
  for (const change of changes) {
    const { guest, kind } = change;
    const subject = kind !== 'created' && guest !== null && reused.has(guest.identity.handle ?? '') ? guest : null;
    const last = segments.at(-1);
    if (subject === null && last?.subject === null) last.part.push(change);
    else segments.push({ subject, part: [change] });
  }
  return segments;
}

/** Without what was done to another machine of its name, before it was made: the log names both by one id. */
function ownEvidence(
  { identity: { handle }, document }: { identity: GuestIdentity; document?: Document },
  evidence: Evidence,
): Evidence {
  const created = document?.['created'];
  const createdMs = typeof created === 'string' ? Date.parse(created) : Number.NaN;
  if (Number.isNaN(createdMs)) return evidence;
  const records = evidence.records.filter(({ target, at }) => target !== handle || at.getTime() > createdMs);
  return { ...evidence, records };
}
