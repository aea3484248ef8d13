import { sectionOf } from '../../types/section.ts';
import { cloudRules } from '../cloud/rules.ts';

/** The Date header and the times of events have whole seconds. */
const CLOCK_ERROR_MS = 1_500;

/** Ids that are never used again, and CloudTrail. */
export const rules = cloudRules({
  words: { id: 'id', guests: 'instances', nodes: 'regions', destroyed: 'terminated' },
  events: {
    requests: new Set(),
    isSetting: (path) => sectionOf(path) === 'config',
    // A public address that is lent goes back when the instance stops, and each start is a launch.
    followsPower: (path) => path === 'guest.addresses' || path === 'launched',
  },
  clockErrorMs: CLOCK_ERROR_MS,
});
