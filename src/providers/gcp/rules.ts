import { sectionOf } from '../../types/section.ts';
import { cloudRules } from '../cloud/rules.ts';

/** https://cloud.google.com/compute/docs/instances/instance-lifecycle */
const ON_ITS_WAY: ReadonlySet<string> = new Set(['PROVISIONING', 'STAGING', 'STOPPING', 'SUSPENDING', 'REPAIRING']);

/** Ids of 64 bits, which are never used again, and the audit log. */
export const rules = cloudRules({
  words: { id: 'id', guests: 'instances', nodes: 'zones', destroyed: 'deleted' },
  events: {
    requests: new Set(),
    isSetting: (path) => sectionOf(path) === 'config' && path !== 'power',
    // An address that is lent goes back when the instance stops.
    followsPower: (path) => path === 'guest.addresses' || path === 'power',
  },
  isOnItsWay: ({ power }) => typeof power === 'string' && ON_ITS_WAY.has(power),
});
