import type { Filter } from '../../types/inventory.ts';
import { compilePathWildcard } from '../../types/path-wildcard.ts';
import { compileWildcard } from '../../types/wildcard.ts';

/** Tests a text against a filter with `*` and `?`, ignoring case. Without a filter, every text passes. */
export function wildcard(filter: Filter | undefined): (text: string | null) => boolean {
  if (filter === undefined) return () => true;
  const tests = [filter].flat().map((pattern) => compileWildcard(pattern, { ignoreCase: true }));
  if (tests.length === 0) return () => true;
  return (text) => text !== null && tests.some((test) => test(text));
}

/** As {@link compilePathWildcard}, for any of several patterns. */
export function pathWildcard(filter: Filter | undefined): (path: string) => boolean {
  const tests = filter === undefined ? [] : [filter].flat().map(compilePathWildcard);
  return (path) => tests.length === 0 || tests.some((test) => test(path));
}
