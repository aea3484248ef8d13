import { baseRules } from '../base-rules.ts';
import type { ProviderRules } from '../rules.ts';
import { LAG_MS } from './guest-observation.ts';

/** Computer ids, of which a new installation gets a new one, and no records. */
const base = baseRules({ id: 'computer id', guests: 'computers', nodes: 'servers', destroyed: 'deleted' });

export const rules: ProviderRules = {
  ...base,
  /** What the last run read may have been as much older than the run. */
  changedAfter: (...about) => new Date(base.changedAfter(...about).getTime() - LAG_MS),
};
