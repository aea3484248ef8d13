import { z } from 'zod';
import type { ScopeReport } from '../types/observation.ts';

const DETAIL = z.object({
  message: z.string().exactOptional(),
  hint: z.string().exactOptional(),
  missing: z.array(z.string()).exactOptional(),
  since: z.string().exactOptional(),
});

const COVERAGE = z.enum(['complete', 'filtered', 'unreachable', 'error', 'skipped']);

/**
 * Scopes as a run stores them: `[scope, count]` where the coverage is complete, else `[scope, count, coverage, detail]`. A run
 * of a cluster with 32 nodes has a hundred of them, and there are 288 runs a day.
 */
export const STORED_SCOPES = z
  .array(z.union([z.tuple([z.string(), z.number()]), z.tuple([z.string(), z.number(), COVERAGE, DETAIL])]))
  .transform((rows): ScopeReport[] =>
    rows.map(([scope, count, coverage = 'complete', detail = {}]) => ({ scope, coverage, count, ...detail })),
  );

export function toStoredScopes(scopes: readonly ScopeReport[]): z.input<typeof STORED_SCOPES> {
  return scopes.map(({ scope, coverage, count, message, hint, missing, since }) => {
    if (coverage === 'complete' && message === undefined && missing === undefined) return [scope, count];
    const detail = {
      ...(message !== undefined && { message }),
      ...(hint !== undefined && { hint }),
      ...(missing !== undefined && { missing: [...missing] }),
      ...(since !== undefined && { since }),
    };
    return [scope, count, coverage, detail];
  });
}
