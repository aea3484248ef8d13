import { baseRules } from '../base-rules.ts';

/** Uuids, which are never used again, and no records. */
export const rules = baseRules({ id: 'uuid', guests: 'servers', nodes: 'hypervisors', destroyed: 'deleted' });
