import type { LogEntry, Task } from '../../../types/task.ts';
import type { Explanation } from '../../explanation.ts';

/** A task that has not ended, or whose end is not known, is at most likely. */
export function explainByTask(task: Task, confidence: 'exact' | 'likely'): Explanation {
  return {
    actor: task.user,
    token: task.token,
    source: 'task',
    via: task.type,
    ref: task.upid,
    confidence: task.endedAt === null ? 'likely' : confidence,
    effectiveAt: task.endedAt ?? task.startedAt,
  };
}

export function explainByLine(line: LogEntry, confidence: 'exact' | 'likely'): Explanation {
  return {
    actor: line.user,
    token: line.token,
    source: 'log',
    via: 'update VM',
    ref: `${line.node}/${line.uid}`,
    confidence,
    effectiveAt: line.at,
  };
}

export function isExplained({ confidence }: Explanation): boolean {
  return confidence !== 'none';
}

interface Identity {
  user: string;
  token: string | null;
}

/** Whether everything in the list was done by one user with one token; true of an empty list. */
export function isOneActor(done: readonly Identity[]): boolean {
  const first = done[0];
  return first === undefined || done.every((one) => one.user === first.user && one.token === first.token);
}

export function isSameActor(a: Explanation, b: Explanation): boolean {
  return a.actor === b.actor && a.token === b.token;
}
