import type { Filter } from '../../types/inventory.ts';
import { compileWildcard } from '../../types/wildcard.ts';

/** Tests a text against a filter with `*` and `?`, ignoring case. Without a filter, every text passes. */
export function wildcard(filter: Filter | undefined): (text: string | null) => boolean {
  if (filter === undefined) return () => true;
  const tests = [filter].flat().map((pattern) => compileWildcard(pattern, { ignoreCase: true }));
  if (tests.length === 0) return () => true;
  return (text) => text !== null && tests.some((test) => test(text));
}
