import type { ScopeReport } from '../../types/observation.ts';
import type { Coverage } from '../../types/presence.ts';
import { isNumber, isShape, isText, isTexts, isWord } from '../db/stored-shape.ts';

interface Detail {
  message: string;
  hint: string;
  missing: string[];
  since: string;
}

/**
 * A scope as a run stores it: `[scope, count]` if the coverage is complete, otherwise `[scope, count, coverage, detail]`. A
 * run of a cluster with 32 nodes has a hundred scopes, and there are 288 runs a day.
 */
type StoredScope = readonly [string, number] | readonly [string, number, Coverage, Partial<Detail>];

const COVERAGES = ['complete', 'filtered', 'unreachable', 'error', 'skipped'] as const satisfies readonly Coverage[];
const isCoverage = isWord(COVERAGES);
const isDetail = isShape<object, Detail>({}, { message: isText, hint: isText, missing: isTexts, since: isText });

export function isStoredScopes(value: unknown): value is StoredScope[] {
  return Array.isArray(value) && value.every(isStoredScope);
}

function isStoredScope(value: unknown): value is StoredScope {
  if (!Array.isArray(value)) return false;
  const [scope, count, coverage, detail, ...rest]: readonly unknown[] = value;
  if (!isText(scope) || !isNumber(count) || rest.length > 0) return false;
  return value.length === 2 || (isCoverage(coverage) && isDetail(detail));
}

export function toScopes(stored: readonly StoredScope[]): ScopeReport[] {
  return stored.map(([scope, count, coverage = 'complete', detail = {}]) => ({ scope, coverage, count, ...detail }));
}

export function toStoredScopes(scopes: readonly ScopeReport[]): StoredScope[] {
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
