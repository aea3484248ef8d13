import { baseRules } from '../base-rules.ts';

/** Ids of 64 bits, which are never used again. */
export const rules = baseRules({ id: 'id', guests: 'instances', nodes: 'zones', destroyed: 'deleted' });
