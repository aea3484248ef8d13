import { ApiError } from './api-error.ts';
import type { ClusterLog } from './cluster-log.ts';

export interface LabTask {
  upid: string;
  node: string;
  pid: number;
  /** Hundredths of a second since the node booted. */
  pstart: number;
  /** Epoch seconds. */
  starttime: number;
  endsAtMs: number;
  type: string;
  id: string;
  /** `root@pam`, or with the token `root@pam!lab`. */
  authid: string;
  /** Exit text; what it is to be while it still runs. */
  exit: string;
  lines: string[];
  isRunning: boolean;
}

/** What the body of a task may do: print, and write into the cluster log as that task. */
export interface TaskHandle {
  print(line: string): void;
  log(message: string): void;
}

export interface TaskStart {
  node: string;
  type: string;
  id: string | number;
  authid: string;
  /** The daemon that starts it. */
  tag?: string;
}

interface TaskStoreOptions {
  nowMs: () => number;
  log: ClusterLog;
  durationMs: (type: string) => number;
  bootedAtMs: (node: string) => number;
}

/** Tasks of all nodes. A task's effect is there at once; its end is told when its time has passed. */
export class TaskStore {
  private readonly options: TaskStoreOptions;
  private readonly running: LabTask[] = [];
  private readonly finished = new Map<string, LabTask[]>();
  private readonly byUpid = new Map<string, LabTask>();
  private readonly pids = new Map<string, number>();

  constructor(options: TaskStoreOptions) {
    this.options = options;
  }

  /** Runs `work` as a task and returns its UPID. A failure in `work` becomes the task's exit text. */
  run(start: TaskStart, work: (task: TaskHandle) => void): string {
    this.settle();
    const task = this.open(start);
    const tag = start.tag ?? 'pvedaemon';
    this.note(task, tag, 6, `starting task ${task.upid}`, task.starttime);
    try {
      work({
        print: (line) => task.lines.push(line),
        log: (message) => this.note(task, tag, 6, message, task.starttime),
      });
      task.lines.push('TASK OK');
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      task.exit = error.message;
      task.lines.push(`TASK ERROR: ${error.message}`);
    }
    this.running.push(task);
    this.settle();
    return task.upid;
  }

  /** Ends the tasks whose time has come. */
  settle(): void {
    const nowMs = this.options.nowMs();
    const due = this.running.filter((task) => task.endsAtMs <= nowMs).sort((a, b) => a.endsAtMs - b.endsAtMs);
    for (const task of due) this.end(task);
  }

  get(upid: string): LabTask | undefined {
    this.settle();
    return this.byUpid.get(upid);
  }

  /** Newest first. */
  finishedOn(node: string): readonly LabTask[] {
    this.settle();
    return [...(this.finished.get(node) ?? [])].reverse();
  }

  runningOn(node: string): readonly LabTask[] {
    this.settle();
    return this.running.filter((task) => task.node === node).reverse();
  }

  interrupt(task: LabTask): void {
    if (!task.isRunning) return;
    task.exit = 'received interrupt';
    task.lines.push('TASK ERROR: received interrupt');
    task.endsAtMs = this.options.nowMs();
    this.end(task);
  }

  private open(start: TaskStart): LabTask {
    const nowMs = this.options.nowMs();
    const starttime = Math.floor(nowMs / 1000);
    const pid = (this.pids.get(start.node) ?? 0x1000) + 7;
    this.pids.set(start.node, pid);
    const pstart = Math.max(1, Math.floor((nowMs - this.options.bootedAtMs(start.node)) / 10)) + pid;
    const id = String(start.id);
    const upid = `UPID:${start.node}:${hex8(pid)}:${hex8(pstart)}:${hex8(starttime)}:${start.type}:${id}:${start.authid}:`;
    const task: LabTask = {
      upid,
      node: start.node,
      pid,
      pstart,
      starttime,
      endsAtMs: nowMs + this.options.durationMs(start.type),
      type: start.type,
      id,
      authid: start.authid,
      exit: 'OK',
      lines: [],
      isRunning: true,
    };
    this.byUpid.set(upid, task);
    return task;
  }

  private end(task: LabTask): void {
    this.running.splice(this.running.indexOf(task), 1);
    task.isRunning = false;
    const list = this.finished.get(task.node) ?? [];
    list.push(task);
    this.finished.set(task.node, list);
    const isOk = task.exit === 'OK';
    this.note(task, 'pvedaemon', isOk ? 6 : 3, `end task ${task.upid} ${task.exit}`, Math.floor(task.endsAtMs / 1000));
  }

  private note(task: LabTask, tag: string, priority: number, message: string, time: number): void {
    const { node, authid, pid } = task;
    this.options.log.append({ node, time, user: authid, tag, pid, priority, message });
  }
}

function hex8(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}
