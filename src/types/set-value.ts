import type { PatchEntry, Value } from './document.ts';
import { effectivePath, PENDING_DELETE } from './pending-path.ts';

/** Values by path of a document; null: removed. */
export type SetValues = Readonly<Record<string, string | null>>;

/** Whether they are about a field, or about what waits for a restart of it. */
export function setsPath(sets: SetValues, [path]: PatchEntry): boolean {
  return Object.hasOwn(sets, effectivePath(path));
}

/** Whether they gave a field the value that it has after a change, at once or from the next restart on. */
export function hasSet(sets: SetValues, entry: PatchEntry): boolean {
  const [path, , after] = entry;
  const found = path.startsWith(PENDING_DELETE) ? null : after;
  return setsPath(sets, entry) && isSetTo(sets[effectivePath(path)] ?? null, found);
}

/** Whether a text that was sent as a parameter is the value that a document has; null: the field was removed, or is not there. */
function isSetTo(said: string | null, found: Value | null): boolean {
  if (said === null || found === null) return (said === null || said === '') && found === null;
  if (typeof found === 'boolean') return found === (said === '1' || said === 'true');
  if (typeof found !== 'object') return said.trim() === String(found).trim();
  return asSet(said.split(/[;, ]/)) === asSet(found);
}

/** A server may order items, lower their case and drop what comes twice. */
function asSet(items: readonly string[]): string {
  const named = items.filter((item) => item !== '').map((item) => item.toLowerCase());
  return [...new Set(named)].toSorted().join('\n');
}
