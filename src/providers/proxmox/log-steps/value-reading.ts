import type { Value } from '../../../types/document.ts';
import { names, rootOf } from '../attribution/line-verdict.ts';
import type { ConfigReading, LogEntry } from '../records/record.ts';

/** What a line sets a path to; undefined: that it cannot be told. */
export type Said = Value | null | undefined;

/** A cut line may name any key after its last one, and keys that are deleted come before the others. */
function mayBeCutOff(root: string, { update }: LogEntry): boolean {
  const cutKey = update?.cutKey;
  return cutKey !== undefined && (root >= cutKey || cutKey === 'delete' || cutKey === 'revert');
}

/** Whether a line is about a key, in whatever way it is read. */
export function mayName(line: LogEntry, root: string): boolean {
  const { update, alternatives } = line;
  if (update === null) return false;
  if (mayBeCutOff(root, line)) return true;
  if (!update.isAmbiguous) return names(update, root);
  return alternatives === undefined || [update, ...alternatives].some((reading) => names(reading, root));
}

/** The one way to read a line with respect to a key; null where there are several, or where it takes a change back. */
export function certainReading(line: LogEntry, root: string): ConfigReading | null {
  const { update } = line;
  if (update === null || update.isAmbiguous || mayBeCutOff(root, line)) return null;
  return update.revertedKeys.includes(root) ? null : update;
}

/** The keys that a line may be about. */
export function rootsOf({ update, alternatives = [] }: LogEntry): string[] {
  if (update === null) return [];
  return [update, ...alternatives].flatMap(({ setKeys, deletedKeys }) => [...setKeys, ...deletedKeys]);
}

/** The value that a line gives a path of a key which it names. */
export function valueIn(reading: ConfigReading, path: string): Said {
  const root = rootOf(path);
  if (!reading.setKeys.includes(root)) return null;
  const said = reading.set[path];
  if (said === undefined) return isGenerated(path) ? undefined : null;
  if (typeof said === 'object' && said.length === 0) return null;
  const texts = typeof said === 'object' ? said : [String(said)];
  // A mask stands for several secrets, and the server may write tags in lower case.
  if (texts.some((text) => text.includes('«hidden'))) return undefined;
  if (root === 'tags' && texts.some((text) => text !== text.toLowerCase())) return undefined;
  return said === '' ? null : said;
}

function isGenerated(path: string): boolean {
  return /^net\d+\.macaddr$/.test(path);
}
