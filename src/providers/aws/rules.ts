import { sectionOf } from '../../types/section.ts';
import { cloudRules } from '../cloud/rules.ts';

const ON_ITS_WAY: ReadonlySet<string> = new Set(['pending', 'stopping', 'shutting-down']);

/** Ids that are never used again, and CloudTrail. */
export const rules = cloudRules({
  words: { id: 'id', guests: 'instances', nodes: 'regions', destroyed: 'terminated' },
  events: {
    requests: new Set(),
    isSetting: (path) => sectionOf(path) === 'config' && path !== 'power',
    // A public address that is lent goes back when the instance stops, and each start is a launch.
    followsPower: (path) => ['guest.addresses', 'launched', 'power'].includes(path),
  },
  isOnItsWay: ({ power }) => typeof power === 'string' && ON_ITS_WAY.has(power),
});
