import type { Filter } from '../../types/inventory.ts';
import { compileWildcard } from '../../types/wildcard.ts';

/** Tests a text against a filter with `*` and `?`, ignoring case. Without a filter, every text passes. */
export function wildcard(filter: Filter | undefined): (text: string | null) => boolean {
  if (filter === undefined) return () => true;
  const tests = [filter].flat().map((pattern) => compileWildcard(pattern, { ignoreCase: true }));
  if (tests.length === 0) return () => true;
  return (text) => text !== null && tests.some((test) => test(text));
}

/**
 * Tests a path of a document: `memory`, `net*.bridge`. A path without its last part stands for all under it: `net0` also
 * finds `net0.bridge`.
 */
export function pathWildcard(filter: Filter | undefined): (path: string) => boolean {
  const matches = wildcard(filter);
  return (path) => matches(path) || (path.includes('.') && matches(path.slice(0, path.lastIndexOf('.'))));
}
