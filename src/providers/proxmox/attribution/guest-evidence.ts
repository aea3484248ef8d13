import { parseUpid } from '../../../api/upid.ts';
import type { Evidence } from '../../../types/evidence.ts';
import { type LogEntry, lineNumber, linesOf, type Task, tasksOf } from '../records/record.ts';
import { isLate, type Place, placeLine, placeTask } from './placement.ts';
import type { ServerWindow } from './server-window.ts';

/** What the server says about one vmid within a window, oldest first. */
export interface GuestRecord {
  /** Successful ones by their end, then those still running. */
  tasks: readonly Task[];
  /** Those that failed or whose outcome the server does not know, by their end: they may have done a part of their work. */
  broken: readonly Task[];
  /** By time; lines of one node in one second by their uid. Those that say that a task began or ended are among them. */
  lines: readonly LogEntry[];
  /** What may have happened before the window began, so that it explains nothing for certain. */
  unclear: ReadonlySet<Task | LogEntry>;
  /** Lines that may have been written after the guest was read. */
  late: ReadonlySet<LogEntry>;
}

interface Known {
  tasks: readonly Task[];
  broken: readonly Task[];
  lines: readonly LogEntry[];
}

const NOTHING: GuestRecord = { tasks: [], broken: [], lines: [], unclear: new Set(), late: new Set() };

/** `update VM 110:`, `snapshot VM 101: name`, `rollback snapshot VM 101: name`. */
const ABOUT = /\b(?:VM|CT|LXC|container) (\d+)\b/;
/** Both have an order among the lines of their second. */
const TASK_LINE = /^(?:starting|end) task (UPID:\S+:)/;
/** A disk that is given to another guest names both: `100-scsi0>101-scsi1`; vzdump of several guests names none. */
const VMIDS = /(?:^|>)(\d{1,9})(?=\D|$)/g;

export function taskEnd(task: Task): number {
  return task.endedAt?.getTime() ?? Number.POSITIVE_INFINITY;
}

/** `WARNINGS: n` is success. */
export function hasSucceeded(task: Task): boolean {
  return task.outcome === 'ok' || task.outcome === 'warning';
}

/** The guests that a task names: of a clone its source. */
export function vmidsOf({ target }: Pick<Task, 'target'>): number[] {
  return Array.from(target.matchAll(VMIDS), ([, digits]) => Number(digits));
}

/** Hundredths of a second since the node's boot: the order of tasks that began in the same second. */
function processStart(task: Task): number {
  return Number.parseInt(task.ref.split(':')[3] ?? '', 16) || 0;
}

function byEnd(a: Task, b: Task): number {
  const [endA, endB] = [taskEnd(a), taskEnd(b)];
  if (endA !== endB) return endA < endB ? -1 : 1;
  return a.at.getTime() - b.at.getTime() || processStart(a) - processStart(b);
}

function byTime(a: LogEntry, b: LogEntry): number {
  return a.at.getTime() - b.at.getTime() || lineNumber(a) - lineNumber(b);
}

function push<T>(lists: Map<number, T[]>, vmid: number, one: T): void {
  const list = lists.get(vmid);
  if (list === undefined) lists.set(vmid, [one]);
  else list.push(one);
}

/** The guests that a line is about. */
export function subjectsOf({ text, update }: LogEntry): number[] {
  if (update !== null) return [update.vmid];
  const upid = TASK_LINE.exec(text)?.[1];
  if (upid !== undefined) return vmidsOf({ target: parseUpid(upid)?.id ?? '' });
  const digits = ABOUT.exec(text)?.[1];
  return digits === undefined ? [] : [Number(digits)];
}

/** The evidence by vmid, made once for all changes of a run. */
export class EvidenceIndex {
  readonly #evidence: Evidence;
  readonly #known = new Map<number, Known>();

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
    const tasks = new Map<number, Task[]>();
    const lines = new Map<number, LogEntry[]>();
    for (const task of new Map(tasksOf(evidence).map((one) => [one.ref, one])).values()) {
      for (const vmid of vmidsOf(task)) push(tasks, vmid, task);
    }
    for (const line of linesOf(evidence)) {
      for (const vmid of subjectsOf(line)) push(lines, vmid, line);
    }
    for (const vmid of new Set([...tasks.keys(), ...lines.keys()])) {
      const all = (tasks.get(vmid) ?? []).toSorted(byEnd);
      this.#known.set(vmid, {
        tasks: all.filter((task) => hasSucceeded(task) || task.outcome === 'running'),
        broken: all.filter((task) => task.outcome === 'failed' || task.outcome === 'unknown'),
        lines: (lines.get(vmid) ?? []).toSorted(byTime),
      });
    }
  }

  /** What happened to one guest within the window, or may have. */
  within(vmid: number, window: ServerWindow): GuestRecord {
    const known = this.#known.get(vmid);
    if (known === undefined) return NOTHING;
    const unclear = new Set<Task | LogEntry>();
    const keep = <T extends Task | LogEntry>(all: readonly T[], place: (one: T) => Place): T[] =>
      all.filter((one) => {
        const where = place(one);
        if (where === 'unclear') unclear.add(one);
        return where !== 'outside';
      });
    const place = (task: Task): Place => placeTask(task, window, this.#evidence);
    const lines = keep(known.lines, (line) => placeLine(line, window, this.#evidence));
    return {
      tasks: keep(known.tasks, place),
      broken: keep(known.broken, place),
      lines,
      unclear,
      late: new Set(lines.filter((line) => isLate(line, window, this.#evidence))),
    };
  }

  /** Tasks of one guest that ended shortly before the window or in it: what they caused may show later. */
  tasksSince(vmid: number, window: ServerWindow, lookBackMs: number): readonly Task[] {
    const tasks = this.#known.get(vmid)?.tasks ?? [];
    const { clockErrorMs = 0 } = this.#evidence;
    return tasks.filter(
      (task) => task.at.getTime() <= window.to + clockErrorMs && taskEnd(task) >= window.from - lookBackMs,
    );
  }
}
