import { sectionOf } from '../../types/section.ts';
import { cloudRules } from '../cloud/rules.ts';

/** Ids of 64 bits, which are never used again, and the audit log. */
export const rules = cloudRules({
  words: { id: 'id', guests: 'instances', nodes: 'zones', destroyed: 'deleted' },
  events: {
    requests: new Set(),
    isSetting: (path) => sectionOf(path) === 'config',
    // An address that is lent goes back when the instance stops.
    followsPower: (path) => path === 'guest.addresses',
  },
  // The Date header has whole seconds.
  clockErrorMs: 1_500,
});
