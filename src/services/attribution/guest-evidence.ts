import type { LogEntry, Task } from '../../types/task.ts';
import type { Evidence } from './evidence.ts';

/** In epoch milliseconds of the server's clock, tolerance not included; `from` is -Infinity when nothing was seen before. */
export interface ServerWindow {
  from: number;
  to: number;
}

/** Log lines and UPIDs have whole seconds, and the measured skew has an error of about one more. */
export const TOLERANCE_MS = 2_000;

/** What the server says about one vmid, whole, oldest first. */
export interface GuestRecord {
  /** Successful ones by their end, then those still running. */
  tasks: readonly Task[];
  /** By time; lines of one node in one second by their uid. */
  lines: readonly LogEntry[];
}

const NOTHING: GuestRecord = { tasks: [], lines: [] };

/** `update VM 110:`, `snapshot VM 101: name`, `rollback snapshot VM 101: name`. */
const ABOUT = /\b(?:VM|CT|container) (\d+)\b/;

export function toServerWindow(
  window: { notBefore: Date | null; notAfter: Date },
  evidence: Pick<Evidence, 'clockSkewMs'>,
): ServerWindow {
  const from = window.notBefore === null ? Number.NEGATIVE_INFINITY : window.notBefore.getTime() + evidence.clockSkewMs;
  return { from, to: window.notAfter.getTime() + evidence.clockSkewMs };
}

export function taskEnd(task: Task): number {
  return task.endedAt?.getTime() ?? Number.POSITIVE_INFINITY;
}

/** `WARNINGS: n` is success. */
export function hasSucceeded(task: Task): boolean {
  return task.state === 'ok' || task.state === 'warning';
}

/** A disk that is given to another guest is named in the id: `100-scsi0>101-scsi1`; vzdump of several guests has none. */
function vmidOf(task: Task): number | null {
  const digits = /^\d+/.exec(task.id)?.[0];
  return digits === undefined ? null : Number(digits);
}

/** Hundredths of a second since the node's boot: the order of tasks that began in the same second. */
function processStart(task: Task): number {
  return Number.parseInt(task.upid.split(':')[3] ?? '', 16) || 0;
}

function byEnd(a: Task, b: Task): number {
  const [endA, endB] = [taskEnd(a), taskEnd(b)];
  if (endA !== endB) return endA < endB ? -1 : 1;
  return a.startedAt.getTime() - b.startedAt.getTime() || processStart(a) - processStart(b);
}

function byTime(a: LogEntry, b: LogEntry): number {
  return a.at.getTime() - b.at.getTime() || Number(a.uid) - Number(b.uid);
}

function push<T>(lists: Map<number, T[]>, vmid: number, one: T): void {
  const list = lists.get(vmid);
  if (list === undefined) lists.set(vmid, [one]);
  else list.push(one);
}

/** The evidence by vmid, made once for all changes of a run. */
export class EvidenceIndex {
  private readonly records = new Map<number, GuestRecord>();

  constructor(evidence: Pick<Evidence, 'tasks' | 'log'>) {
    const tasks = new Map<number, Task[]>();
    const lines = new Map<number, LogEntry[]>();
    for (const task of new Map(evidence.tasks.map((one) => [one.upid, one])).values()) {
      const vmid = vmidOf(task);
      if (vmid !== null && (hasSucceeded(task) || task.state === 'running')) push(tasks, vmid, task);
    }
    for (const line of evidence.log) {
      const digits = ABOUT.exec(line.message)?.[1];
      const vmid = line.update?.vmid ?? (digits === undefined ? null : Number(digits));
      if (vmid !== null) push(lines, vmid, line);
    }
    for (const vmid of new Set([...tasks.keys(), ...lines.keys()])) {
      this.records.set(vmid, {
        tasks: (tasks.get(vmid) ?? []).toSorted(byEnd),
        lines: (lines.get(vmid) ?? []).toSorted(byTime),
      });
    }
  }

  /** What happened to one guest within the window, give or take the tolerance. */
  within(vmid: number, window: ServerWindow): GuestRecord {
    const record = this.records.get(vmid);
    if (record === undefined) return NOTHING;
    return {
      tasks: record.tasks.filter((task) => touches(task, window, TOLERANCE_MS)),
      lines: record.lines.filter((line) => holds(window, line.at, TOLERANCE_MS)),
    };
  }

  /** Tasks of one guest that ended shortly before the window or in it: what they caused may show later. */
  tasksSince(vmid: number, window: ServerWindow, lookBackMs: number): readonly Task[] {
    const tasks = this.records.get(vmid)?.tasks ?? [];
    return tasks.filter((task) => touches(task, { from: window.from - lookBackMs, to: window.to }, TOLERANCE_MS));
  }
}

/** A task counts by its whole run: one that began long before the window and ended in it is in it. */
export function touches(task: Task, window: ServerWindow, toleranceMs: number): boolean {
  return task.startedAt.getTime() <= window.to + toleranceMs && taskEnd(task) >= window.from - toleranceMs;
}

/** Whether it ended in the window itself: one that ended before belongs to what was seen before. Ends are whole seconds. */
export function endsInside(task: Task, window: ServerWindow): boolean {
  return taskEnd(task) >= Math.floor(window.from / 1000) * 1000;
}

export function holds(window: ServerWindow, at: Date, toleranceMs: number): boolean {
  return at.getTime() >= window.from - toleranceMs && at.getTime() <= window.to + toleranceMs;
}
