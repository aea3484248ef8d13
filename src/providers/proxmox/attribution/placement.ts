import type { Evidence } from '../../../types/evidence.ts';
import { lineKey } from '../../../types/record-key.ts';
import type { LogEntry, Task } from '../records/record.ts';
import type { ServerWindow } from './server-window.ts';

/** `unclear`: perhaps it belongs to what the last observation saw already. */
export type Place = 'inside' | 'unclear' | 'outside';

/** Log lines and UPIDs have whole seconds: the second of a record begins at its time. */
const SECOND_MS = 1_000;
/** A run reads the log after the guests; a record that it read is that much younger than its observations at the most. */
const LONGEST_RUN_MS = 60_000;

type Clues = Pick<Evidence, 'clockSkewMs' | 'clockErrorMs' | 'earlier'>;

/** When a record begins and ends, and whether an earlier run has read it; undefined: not known. */
interface Moment {
  startMs: number;
  endMs: number;
  wasRead: boolean | undefined;
}

/**
 * Whether something happened within a window. By its time alone that cannot be told of the second in which the window
 * begins; then it is only known whether an earlier run has read its record.
 */
function placeOf({ startMs, endMs, wasRead }: Moment, window: ServerWindow, errorMs: number): Place {
  if (startMs > window.to + errorMs) return 'outside';
  if (window.from === Number.NEGATIVE_INFINITY || wasRead === false) return 'inside';
  if (endMs + SECOND_MS <= window.from - errorMs) return 'outside';
  const certainFrom = wasRead === true ? LONGEST_RUN_MS : errorMs;
  return endMs >= window.from + certainFrom ? 'inside' : 'unclear';
}

/** A task counts by its whole run: one that began long before the window and ended in it is in it. */
export function placeTask(task: Task, window: ServerWindow, clues: Clues): Place {
  const endMs = task.endedAt?.getTime() ?? Number.POSITIVE_INFINITY;
  const wasRead = wasTaskRead(task, window, clues);
  return placeOf({ startMs: task.at.getTime(), endMs, wasRead }, window, clues.clockErrorMs ?? 0);
}

export function placeLine(line: LogEntry, window: ServerWindow, { clockErrorMs = 0, earlier }: Clues): Place {
  const atMs = line.at.getTime();
  return placeOf({ startMs: atMs, endMs: atMs, wasRead: wasLineRead(line, earlier) }, window, clockErrorMs);
}

/** Whether a line may have been written after the guest was read. */
export function isLate({ at }: LogEntry, { readFrom }: ServerWindow, { clockErrorMs = 0 }: Clues): boolean {
  return at.getTime() + SECOND_MS > readFrom - clockErrorMs;
}

function wasTaskRead(
  { ref, place }: Task,
  { from }: ServerWindow,
  { earlier, clockSkewMs }: Clues,
): boolean | undefined {
  if (earlier === undefined) return undefined;
  if (earlier.refs.has(ref)) return true;
  const wasSeenWhole = earlier.wholeAt !== null && from <= earlier.wholeAt.getTime() + clockSkewMs;
  return wasSeenWhole && !earlier.nodesWithoutTasks.has(place) ? false : undefined;
}

function wasLineRead(line: LogEntry, earlier: Clues['earlier']): boolean | undefined {
  if (earlier === undefined) return undefined;
  if (earlier.lines.has(lineKey(line))) return true;
  return earlier.isLogWhole && line.at >= earlier.linesSince ? false : undefined;
}
