/**
 * What waits for a restart stands beside what is in effect: `pending.memory` is the value that `memory` will have, and
 * `pending.delete.net1` says that `net1`, with everything below it, will go.
 */
export const PENDING = 'pending.';
export const PENDING_DELETE = 'pending.delete.';

export function isPendingPath(path: string): boolean {
  return path.startsWith(PENDING);
}

/** The path of the configuration that a pending one is about; any other path itself. */
export function effectivePath(path: string): string {
  if (path.startsWith(PENDING_DELETE)) return path.slice(PENDING_DELETE.length);
  return path.startsWith(PENDING) ? path.slice(PENDING.length) : path;
}

/** Whether a path is `parent` or below it: `net1.bridge` is below `net1`. */
export function isAtOrBelow(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}.`);
}
