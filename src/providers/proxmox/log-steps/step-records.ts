import type { Evidence } from '../../../types/evidence.ts';
import { lineKey, recordKey } from '../../../types/record-key.ts';
import type { RecordedEvidence } from '../../../types/recorded-evidence.ts';
import { EvidenceIndex, hasSucceeded, taskEnd } from '../attribution/guest-evidence.ts';
import { type ServerWindow, toServerWindow } from '../attribution/server-window.ts';
import { isTask, type LogEntry, type Task } from '../records/record.ts';

/** Records have whole seconds. */
const SECOND_MS = 1_000;

/** What the server says about one guest in a window, as far as steps may be told from it. Oldest first. */
export interface StepRecord {
  /** Successful tasks that ended in the window for certain. */
  done: readonly Task[];
  /** Successful ones that may have ended before the window. */
  unclear: readonly Task[];
  /** Tasks that have not ended. */
  running: readonly Task[];
  /** Tasks that failed or whose outcome is not known. */
  broken: readonly Task[];
  /** Lines of the log that may belong to the window. */
  lines: readonly LogEntry[];
  /** All lines about the guest: a task that ended in the window may have written its own before. */
  allLines: readonly LogEntry[];
  isInside: (one: Task | LogEntry) => boolean;
  isRecorded: (one: Task | LogEntry) => boolean;
}

/** The evidence of a run as steps need it: more strictly placed than for an attribution, since nothing observed confirms a step. */
export class StepRecords {
  readonly #evidence: Evidence;
  readonly #recorded: RecordedEvidence | undefined;
  readonly #index: EvidenceIndex;

  /** `recorded`: absent while it has not been asked for. */
  constructor(evidence: Evidence, recorded: RecordedEvidence | undefined) {
    this.#evidence = evidence;
    this.#recorded = recorded;
    this.#index = new EvidenceIndex(evidence);
  }

  get isChecked(): boolean {
    return this.#recorded !== undefined;
  }

  within(vmid: number, observed: { notBefore: Date; notAfter: Date }): StepRecord {
    const window = toServerWindow(observed, this.#evidence);
    const { tasks, broken, lines } = this.#index.within(vmid, window);
    const isInside = (one: Task | LogEntry): boolean => this.#isInside(one, window);
    return {
      done: tasks.filter((task) => hasSucceeded(task) && isInside(task)),
      unclear: tasks.filter((task) => hasSucceeded(task) && !isInside(task)),
      running: tasks.filter(({ outcome }) => outcome === 'running'),
      broken,
      lines,
      allLines: this.#index.within(vmid, { ...window, from: Number.NEGATIVE_INFINITY }).lines,
      isInside,
      isRecorded: (one) => this.#recorded?.refs.has(recordKey(one)) === true,
    };
  }

  /** Tasks of a guest that ended up to so long before the window, or in it. */
  since(vmid: number, observed: { notBefore: Date; notAfter: Date }, lookBackMs: number): readonly Task[] {
    return this.#index.tasksSince(vmid, toServerWindow(observed, this.#evidence), lookBackMs);
  }

  /**
   * By its time: a right that was given shows old records for the first time. One that no earlier run has read may be of the
   * second in which the window begins; one that was read may then be part of what was observed.
   */
  #isInside(one: Task | LogEntry, window: ServerWindow): boolean {
    const { clockErrorMs = 0 } = this.#evidence;
    const atMs = isTask(one) ? taskEnd(one) : one.at.getTime();
    if (atMs > window.to + clockErrorMs) return isTask(one) && one.endedAt === null;
    return this.#wasRead(one) ? atMs >= window.from + clockErrorMs : atMs + SECOND_MS > window.from - clockErrorMs;
  }

  #wasRead(one: Task | LogEntry): boolean {
    const { earlier } = this.#evidence;
    if (earlier === undefined) return false;
    return isTask(one) ? earlier.refs.has(one.ref) : earlier.lines.has(lineKey(one));
  }
}

/**
 * The tasks of a sort that ended in the window, and, to be tried after that, the same with the only one which has not ended: it may have
 * done its work already.
 */
export function attemptsOf(record: StepRecord, isOwn: (task: Task) => boolean): (readonly Task[])[] {
  const done = afterRecorded(record.done.filter(isOwn), record);
  const running = record.running.filter((task) => isOwn(task) && !record.isRecorded(task));
  return running.length === 1 ? [done, [...done, ...running]] : [done];
}

/** Those after the last one of which the history already tells: what came before that is part of what is known. */
export function afterRecorded<T extends Task | LogEntry>(all: readonly T[], { isRecorded }: StepRecord): readonly T[] {
  return all.slice(all.findLastIndex(isRecorded) + 1);
}
