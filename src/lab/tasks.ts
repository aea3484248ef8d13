import type { Agenda } from './agenda.ts';
import { ApiError } from './api-error.ts';
import type { ClusterLog } from './cluster-log.ts';
import { conclude, DIED, exitOf, isDeferred, isDone, type LabTask, lastLine, type TaskHandle } from './task.ts';
import { type TaskCourse, type TaskEffect, TaskRules } from './task-rules.ts';

export interface TaskStart {
  node: string;
  type: string;
  id: string | number;
  authid: string;
  /** The daemon that starts it. */
  tag?: string;
  /** Another node that it takes time of: the target of a migration. */
  target?: string | undefined;
  storages?: Iterable<string>;
  /** How it goes where no rule says otherwise. */
  course?: TaskCourse;
}

interface TaskStoreOptions {
  nowMs: () => number;
  agenda: Agenda;
  log: ClusterLog;
  durationMs: (type: string) => number;
  bootedAtMs: (node: string) => number;
}

/** Tasks of all nodes. What a task does is seen at once, or where it is asked for, at its end. */
export class TaskStore {
  readonly rules = new TaskRules();
  private readonly options: TaskStoreOptions;
  private readonly running: LabTask[] = [];
  private readonly finished = new Map<string, LabTask[]>();
  private readonly byUpid = new Map<string, LabTask>();
  private readonly pids = new Map<string, number>();
  private effect: TaskEffect = 'at-start';
  private lastSeq = 0;
  private seededSeq = 0;

  constructor(options: TaskStoreOptions) {
    this.options = options;
  }

  /** To be called when the history that was there before has been made: from here on the options of the lab count. */
  begin(effect: TaskEffect): void {
    this.effect = effect;
    this.seededSeq = this.lastSeq;
  }

  /** Runs `work` as a task and returns its UPID. A failure in `work` becomes the task's exit text. */
  run(start: TaskStart, work: (task: TaskHandle) => void): string {
    this.settle();
    const task = this.open(start);
    const course = { ...start.course, ...this.rules.take(task) };
    const tag = start.tag ?? 'pvedaemon';
    this.note(task, tag, 6, `starting task ${task.upid}`, task.starttime);
    this.running.push(task);
    this.schedule(task, course);
    this.perform(task, course, tag, work);
    this.settle();
    return task.upid;
  }

  /** Does what is due by the lab's clock. */
  settle(): void {
    this.options.agenda.settle();
  }

  get(upid: string): LabTask | undefined {
    this.settle();
    return this.byUpid.get(upid);
  }

  /** Those since the lab has begun, in the order in which they were started. */
  all(): readonly LabTask[] {
    this.settle();
    return [...this.byUpid.values()].filter((task) => task.startedSeq > this.seededSeq);
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
    if (task.rest) task.rest.effect = nothing;
    task.endsAtMs = this.options.nowMs();
    this.end(task);
  }

  /** The node is gone, and with it the processes of its tasks. */
  lose(node: string): void {
    for (const task of this.runningOn(node)) {
      task.exit = DIED;
      if (task.rest) task.rest.effect = nothing;
      task.endsAtMs = this.options.nowMs();
      this.close(task);
    }
  }

  private schedule(task: LabTask, { durationMs, ending, lines = [] }: TaskCourse): void {
    const { agenda } = this.options;
    const nowMs = this.options.nowMs();
    const takesMs = durationMs ?? this.options.durationMs(task.type);
    task.endsAtMs = ending?.kind === 'hangs' ? Number.POSITIVE_INFINITY : nowMs + takesMs;
    const stepMs = takesMs / (lines.length + 1);
    for (const [index, line] of lines.entries())
      agenda.add(nowMs + stepMs * (index + 1), () => {
        if (task.isRunning) task.lines.push(line);
      });
    if (Number.isFinite(task.endsAtMs)) agenda.add(task.endsAtMs, () => this.end(task));
  }

  private perform(task: LabTask, course: TaskCourse, tag: string, work: (task: TaskHandle) => void): void {
    const waits = isDeferred(course, this.effect);
    const { nowMs, agenda } = this.options;
    task.exit = exitOf(course);
    try {
      work({
        print: (line) => task.lines.push(line),
        log: (message) => this.note(task, tag, 6, message, Math.floor(nowMs() / 1000)),
        act: (effect, meanwhile) => {
          const wanted = isDone(course) ? effect : nothing;
          if (!waits) return wanted();
          meanwhile?.begin();
          task.rest = { effect: wanted, meanwhile };
        },
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      task.exit = error.message;
      // Where effects are at once, so is the failure, and the end comes in its time.
      if (!waits && Number.isFinite(task.endsAtMs)) return;
      task.endsAtMs = nowMs();
      agenda.add(task.endsAtMs, () => this.end(task));
    }
  }

  private open({ node, type, id: given, authid, target, storages }: TaskStart): LabTask {
    const nowMs = this.options.nowMs();
    const starttime = Math.floor(nowMs / 1000);
    const pid = (this.pids.get(node) ?? 0x1000) + 7;
    this.pids.set(node, pid);
    const pstart = Math.max(1, Math.floor((nowMs - this.options.bootedAtMs(node)) / 10)) + pid;
    const id = String(given);
    const upid = `UPID:${node}:${hex8(pid)}:${hex8(pstart)}:${hex8(starttime)}:${type}:${id}:${authid}:`;
    const nodes = new Set(target === undefined ? [node] : [node, target]);
    const task: LabTask = {
      upid,
      node,
      pid,
      pstart,
      starttime,
      type,
      id,
      authid,
      load: { nodes, storages: new Set(storages ?? []) },
      endsAtMs: nowMs,
      exit: 'OK',
      lines: [],
      isRunning: true,
      startedSeq: ++this.lastSeq,
      endedSeq: null,
      rest: null,
    };
    this.byUpid.set(upid, task);
    return task;
  }

  private end(task: LabTask): void {
    if (!task.isRunning) return;
    this.close(task);
    const isOk = task.exit === 'OK' || task.exit.startsWith('WARNINGS: ');
    this.note(task, 'pvedaemon', isOk ? 6 : 3, `end task ${task.upid} ${task.exit}`, Math.floor(task.endsAtMs / 1000));
  }

  private close(task: LabTask): void {
    this.running.splice(this.running.indexOf(task), 1);
    task.isRunning = false;
    task.endedSeq = ++this.lastSeq;
    task.exit = conclude(task);
    task.lines.push(...lastLine(task.exit));
    const list = this.finished.get(task.node) ?? [];
    list.push(task);
    this.finished.set(task.node, list);
  }

  private note(task: LabTask, tag: string, priority: number, message: string, time: number): void {
    const { node, authid, pid } = task;
    this.options.log.append({ node, time, user: authid, tag, pid, priority, message });
  }
}

function nothing(): void {
  // What the task was for does not happen.
}

function hex8(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}
