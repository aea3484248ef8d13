import type { Document, Value } from '../../../types/document.ts';
import { type ConfigReading, FREE_TEXT_KEYS, type LogEntry } from '../records/record.ts';
import { beginsWith, isSameValue } from './same-value.ts';

/**
 * What one line says about the value that was found: it made it, it made another one, the server chose the value, or the
 * line was cut before the place where it may say so.
 */
export type Verdict = 'equal' | 'differs' | 'open' | 'cut';

/** Volumes that the server allocates and names: `local:32`, `local-lvm:cloudinit`, `none`. */
const ALLOCATION = /^([^:/]+):(?:\d+(?:\.\d+)?|cloudinit)$/;
const DRIVE = /^(?:scsi|virtio|sata|ide|efidisk|tpmstate|unused)\d+$/;
const GENERATED_OF_DRIVE: ReadonlySet<string> = new Set(['file', 'size', 'format', 'media']);

/** The configuration key that a path belongs to: `net0` of `net0.bridge`. */
export function rootOf(path: string): string {
  const dot = path.indexOf('.');
  return dot < 0 ? path : path.slice(0, dot);
}

function leafOf(path: string): string {
  const dot = path.indexOf('.');
  return dot < 0 ? '' : path.slice(dot + 1);
}

export function names({ setKeys, deletedKeys, revertedKeys }: ConfigReading, root: string): boolean {
  return setKeys.includes(root) || deletedKeys.includes(root) || revertedKeys.includes(root);
}

function isEmpty(value: Value): boolean {
  return value === '' || (typeof value === 'object' && value.length === 0);
}

function judgeSetValue(path: string, said: Value, found: Value | null): Verdict {
  if (isSameValue(isEmpty(said) ? null : said, found)) return 'equal';
  if (typeof said === 'string' && said.startsWith('«hidden')) return found === null ? 'differs' : 'open';
  if (!DRIVE.test(rootOf(path))) return 'differs';
  if (leafOf(path) === 'size') return 'open';
  const storage = typeof said === 'string' ? ALLOCATION.exec(said)?.[1] : undefined;
  const isAllocated = storage !== undefined && typeof found === 'string' && found.startsWith(`${storage}:`);
  return leafOf(path) === 'file' && isAllocated ? 'open' : 'differs';
}

function isServerGenerated(path: string): boolean {
  const root = rootOf(path);
  if (/^net\d+$/.test(root)) return leafOf(path) === 'macaddr';
  return DRIVE.test(root) && GENERATED_OF_DRIVE.has(leafOf(path));
}

function judgeReading(reading: ConfigReading, path: string, found: Value | null): Verdict {
  const root = rootOf(path);
  if (reading.setKeys.includes(root)) {
    const said = reading.set[path];
    if (said !== undefined) return judgeSetValue(path, said, found);
    if (found === null) return 'equal';
    return isServerGenerated(path) ? 'open' : 'differs';
  }
  if (reading.deletedKeys.includes(root)) return found === null ? 'equal' : 'differs';
  return 'open';
}

const BEGINNING = { certain: 'equal', perhaps: 'cut', no: 'differs' } as const;

function judgeCut(reading: ConfigReading, path: string, found: Value | null, cutKey: string): Verdict | null {
  const root = rootOf(path);
  if (root > cutKey || cutKey === 'delete' || cutKey === 'revert') return 'cut';
  if (root !== cutKey) return names(reading, root) ? judgeReading(reading, path, found) : null;
  const said = reading.set[path];
  if (said === undefined) return 'cut';
  if (typeof said === 'string' && FREE_TEXT_KEYS.some((key) => key === root)) {
    return BEGINNING[beginsWith(found, said)];
  }
  return isSameValue(said, found) ? 'equal' : 'cut';
}

/**
 * The reading of a line that is certain: its only one, or the one whose texts are those that the guest has now. Null where a
 * text may end at several places.
 */
function clearReading({ update, alternatives = [] }: LogEntry, document: Document | undefined): ConfigReading | null {
  if (update === null) return null;
  if (!update.isAmbiguous) return update;
  if (document === undefined) return null;
  const fitting = [update, ...alternatives].filter((reading) => {
    const texts = FREE_TEXT_KEYS.filter((key) => reading.setKeys.includes(key));
    return texts.length > 0 && texts.every((key) => isSameValue(reading.set[key] ?? null, document[key] ?? null));
  });
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}

/** What a line says about a path; null when it does not name its key. `isClear`: it can be read in one way only. */
export function judgeLine(
  line: LogEntry,
  path: string,
  found: Value | null,
  document: Document | undefined,
): { verdict: Verdict; isClear: boolean } | null {
  const { update, alternatives = [] } = line;
  if (update === null) return null;
  if (update.cutKey !== undefined) {
    const verdict = judgeCut(update, path, found, update.cutKey);
    return verdict === null ? null : { verdict, isClear: !update.isAmbiguous };
  }
  const root = rootOf(path);
  const clear = clearReading(line, document);
  if (clear !== null) return names(clear, root) ? { verdict: judgeReading(clear, path, found), isClear: true } : null;
  const verdicts = [update, ...alternatives]
    .filter((reading) => names(reading, root))
    .map((reading) => judgeReading(reading, path, found));
  const [first] = verdicts;
  if (first === undefined) return null;
  return { verdict: verdicts.includes('equal') ? 'equal' : first, isClear: false };
}
