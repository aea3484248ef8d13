import type { PatchEntry } from '../../../types/document.ts';
import type { Evidence, OperationCall, UnattributedChange } from '../../../types/evidence.ts';
import { effectivePath } from '../../../types/pending-path.ts';
import { hasSet, setsPath } from '../../../types/set-value.ts';
import type { Explanation } from '../../explanation.ts';
import type { Task } from '../records/record.ts';
import type { GuestRecord } from './guest-evidence.ts';
import { names, rootOf } from './line-verdict.ts';
import type { ServerWindow } from './server-window.ts';

/** A call with its times by the server's clock; `end` is Infinity while it has not ended. */
interface TimedCall extends OperationCall {
  start: number;
  end: number;
}

/** What clocks of machines may be off. */
const CLOCK_MS = 2_000;
/** Tasks that leave the configuration as it is, but for what only they change. */
const NEUTRAL =
  /^(?:(?:qm|vz)(?:start|stop|shutdown|reboot|reset|resume|suspend|pause|snapshot|delsnapshot|clone|migrate|template|mount|umount)|qmigrate|vzdump|(?:vnc|spice|term)(?:proxy|shell)|imgcopy|download)$/;

/** The calls of actions to a guest that may lie in a window, in the order in which they were sent. */
export function callsWithin(
  { kind, nativeId }: NonNullable<UnattributedChange['guest']>,
  { from, to }: ServerWindow,
  { calls = [], clockSkewMs }: Pick<Evidence, 'calls' | 'clockSkewMs'>,
): TimedCall[] {
  return calls
    .filter((call) => call.kind === kind && call.nativeId === nativeId && call.isDone !== false)
    .map((call) => ({
      ...call,
      start: call.sentAt.getTime() + clockSkewMs,
      end: call.endedAt === null ? Number.POSITIVE_INFINITY : call.endedAt.getTime() + clockSkewMs,
    }))
    .filter(({ start, end }) => end >= from - CLOCK_MS && start <= to + CLOCK_MS)
    .toSorted((a, b) => a.start - b.start);
}

/**
 * Which action gave a field its value, where no record of the server tells. Exact where nothing else that is recorded could have:
 * it is known to be done, was sent within the window, and neither another action nor a task nor a line is about the same key. null
 * where none did, or another one set something else later.
 */
export function explainByCall(
  entry: PatchEntry,
  { calls, record, window }: { calls: readonly TimedCall[]; record: GuestRecord; window: ServerWindow },
): Explanation | null {
  const about = calls.filter(({ sets }) => setsPath(sets, entry));
  const last = about.at(-1);
  if (last === undefined || !hasSet(last.sets, entry)) return null;
  const isAlone = about.every(({ ref }) => ref === last.ref) && !isRivalled(last, effectivePath(entry[0]), record);
  const isClear = last.isDone === true && last.start >= window.from && last.start <= window.to;
  const { actor, credential: token, via, ref, start, end } = last;
  const effectiveAt = new Date(Number.isFinite(end) ? end : start);
  const confidence = isAlone && isClear ? 'exact' : 'likely';
  return { actor, token, source: 'operation', via, ref, confidence, effectiveAt };
}

function isRivalled(call: TimedCall, path: string, { tasks, broken, lines }: GuestRecord): boolean {
  const isOther = (task: Task): boolean => task.ref !== call.record && !NEUTRAL.test(task.native);
  if (tasks.some(isOther) || broken.some(isOther)) return true;
  return lines.some(({ update, alternatives = [] }) =>
    [...(update === null ? [] : [update]), ...alternatives].some((reading) => names(reading, rootOf(path))),
  );
}
