import { baseRules } from '../base-rules.ts';

/** Computer ids, of which a new installation gets a new one, and no records. */
export const rules = baseRules({ id: 'computer id', guests: 'computers', nodes: 'servers', destroyed: 'deleted' });
