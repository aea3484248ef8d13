import { ApiError } from './api-error.ts';
import type { TaskCourse, TaskEffect } from './task-rules.ts';

export interface LabTask {
  upid: string;
  node: string;
  pid: number;
  /** Hundredths of a second since the node booted. */
  pstart: number;
  /** Epoch seconds. */
  starttime: number;
  /** Infinity: it hangs. */
  endsAtMs: number;
  type: string;
  id: string;
  /** `root@pam`, or with the token `root@pam!lab`. */
  authid: string;
  /** What it takes room and time of: its own node, a target; storages that it reads or writes. */
  load: { nodes: ReadonlySet<string>; storages: ReadonlySet<string> };
  /** Exit text; what it is to be while it still runs. */
  exit: string;
  lines: string[];
  isRunning: boolean;
  /** Place of its start and its end among all of these; null while it runs. */
  startedSeq: number;
  endedSeq: number | null;
  /** What waits for its end. */
  rest: TaskRest | null;
}

/** How a task came to its end. `died`: its process is gone, and nothing was put in order. */
export type TaskEndKind = 'ok' | 'failed' | 'died';

/** What is so while a task runs: a lock, a guest that is made. */
export interface Meanwhile {
  begin(): void;
  end(how: TaskEndKind): void;
}

export interface TaskRest {
  effect: () => void;
  meanwhile: Meanwhile | undefined;
}

/** What the body of a task may do: print, write into the cluster log as that task, and act. */
export interface TaskHandle {
  print: (line: string) => void;
  log: (message: string) => void;
  /** Does it now, or at the end of the task: then `meanwhile` begins. To be called last, once. */
  act: (effect: () => void, meanwhile?: Meanwhile) => void;
}

export const DIED = 'unexpected status';

/** Whether what the task does waits for its end. What is never done waits as well: nobody can tell it before. */
export function isDeferred({ ending, effect }: TaskCourse, byDefault: TaskEffect): boolean {
  if (ending?.kind === 'hangs') return ending.isDone !== true;
  if (ending !== undefined && ending.kind !== 'warns' && ending.isDone !== true) return true;
  return (effect ?? byDefault) === 'at-end';
}

/** Whether what the task is for happens at all. */
export function isDone({ ending }: TaskCourse): boolean {
  return ending === undefined || ending.kind === 'warns' || ending.isDone === true;
}

/** The exit text of a task whose body did not fail. */
export function exitOf({ ending }: TaskCourse): string {
  switch (ending?.kind) {
    case 'fails':
      return ending.text;
    case 'warns':
      return `WARNINGS: ${ending.count}`;
    case 'dies':
      return DIED;
    default:
      return 'OK';
  }
}

/** Does what waited for the end, and gives the exit text. */
export function conclude(task: LabTask): string {
  const { rest } = task;
  task.rest = null;
  const exit = afterEffect(rest, task.exit);
  const isOk = exit === 'OK' || exit.startsWith('WARNINGS: ');
  rest?.meanwhile?.end(exit === DIED ? 'died' : isOk ? 'ok' : 'failed');
  return exit;
}

function afterEffect(rest: TaskRest | null, exit: string): string {
  try {
    rest?.effect();
    return exit;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return exit === 'OK' ? error.message : exit;
  }
}

/** The last line of a log, by which the server knows how the task ended. Source: pve-common src/PVE/RESTEnvironment.pm fork_worker. */
export function lastLine(exit: string): readonly string[] {
  if (exit === DIED) return [];
  if (exit === 'OK') return ['TASK OK'];
  return [exit.startsWith('WARNINGS: ') ? `TASK ${exit}` : `TASK ERROR: ${exit}`];
}
