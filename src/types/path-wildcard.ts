import type { Filter } from './inventory.ts';
import { effectivePath } from './pending-path.ts';
import { compileWildcard } from './wildcard.ts';

/**
 * Tests a path of a document against a pattern such as `memory` or `net*.bridge`, ignoring case. A path without its last part
 * stands for all below it (`net0` for `net0.bridge`), and any path also for what of it waits for a restart.
 */
export function compilePathWildcard(pattern: string): (path: string) => boolean {
  const isWanted = compileWildcard(pattern);
  return (path) => namesOf(path).some(isWanted);
}

/** As {@link compilePathWildcard}, for any of several patterns. */
export function pathWildcard(filter: Filter | undefined): (path: string) => boolean {
  const tests = filter === undefined ? [] : [filter].flat().map(compilePathWildcard);
  return (path) => tests.length === 0 || tests.some((test) => test(path));
}

/** What a path is called by: itself, its parent, and both without `pending.`. */
export function namesOf(path: string): string[] {
  const names = [path, effectivePath(path)];
  return [...new Set(names.flatMap((name) => [name, name.slice(0, Math.max(name.lastIndexOf('.'), 0)) || name]))];
}
