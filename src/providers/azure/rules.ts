import type { KnownGuest } from '../../types/plan.ts';
import { sectionOf } from '../../types/section.ts';
import { cloudRules } from '../cloud/rules.ts';
import { RecordIndex } from '../events/record-index.ts';
import type { ProviderRules } from '../rules.ts';
import { isOnItsWay } from './power.ts';

/** The Date header has whole seconds. */
const CLOCK_ERROR_MS = 1_500;
/** A machine that was seen on its way to another state was sent there before. */
const LONGEST_WAY_MS = 3_600_000;
/** What comes and goes with the power, or by itself. */
const BY_ITSELF = new Set(['guest.addresses', 'power', 'provisioning']);

const base = cloudRules({
  words: { id: 'VM id', guests: 'virtual machines', nodes: 'locations', destroyed: 'deleted' },
  events: {
    requests: new Set(),
    isSetting: (path) => sectionOf(path) === 'config' && path !== 'power' && path !== 'provisioning',
    followsPower: (path) => BY_ITSELF.has(path),
  },
  clockErrorMs: CLOCK_ERROR_MS,
});

/** Ids of virtual machines, which are never used again, and the activity log, which names them by ids that are. */
export const rules: ProviderRules = {
  ...base,
  changedAfter: (guest, seen, patch, facts) => {
    const since = base.changedAfter(guest, seen, patch, facts);
    return wasOnItsWay(guest) ? new Date(since.getTime() - LONGEST_WAY_MS) : since;
  },
  findDestruction: (guest, window, facts) => {
    const { evidence } = facts;
    const created = guest.document['created'];
    const createdMs = typeof created === 'string' ? Date.parse(created) : Number.NaN;
    // What happened before it was made was done to another one of its name.
    const records = new RecordIndex(evidence)
      .within(guest.identity.handle, window)
      .filter(({ at }) => Number.isNaN(createdMs) || at.getTime() >= createdMs);
    const known = new Set(records.map(({ ref }) => ref));
    const own = { ...evidence, records: evidence.records.filter(({ ref }) => known.has(ref)) };
    return base.findDestruction(guest, window, { ...facts, evidence: own });
  },
};

function wasOnItsWay({ document }: Pick<KnownGuest, 'document'>): boolean {
  return isOnItsWay(document['power']);
}
