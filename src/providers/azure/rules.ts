import type { Document } from '../../types/document.ts';
import { sectionOf } from '../../types/section.ts';
import { cloudRules } from '../cloud/rules.ts';
import { isOnItsWay } from './power.ts';

/** What comes and goes with the power, or by itself. */
const BY_ITSELF = new Set(['guest.addresses', 'power', 'provisioning']);

/** Ids of virtual machines, which are never used again, and the activity log, which names them by ids that are. */
export const rules = cloudRules({
  words: { id: 'VM id', guests: 'virtual machines', nodes: 'locations', destroyed: 'deleted' },
  events: {
    requests: new Set(),
    isSetting: (path) => sectionOf(path) === 'config' && path !== 'power' && path !== 'provisioning',
    followsPower: (path) => BY_ITSELF.has(path),
    madeAt,
  },
  isOnItsWay: (document) => isOnItsWay(document['power']),
});

function madeAt({ created }: Document): Date | null {
  const at = typeof created === 'string' ? Date.parse(created) : Number.NaN;
  return Number.isNaN(at) ? null : new Date(at);
}
