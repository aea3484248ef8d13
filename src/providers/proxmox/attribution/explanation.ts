import type { Explanation } from '../../explanation.ts';
import type { LogEntry, Task } from '../records/record.ts';

/** A task that has not ended, or whose end is not known, is at most likely. */
export function explainByTask(task: Task, confidence: 'exact' | 'likely'): Explanation {
  return {
    actor: task.actor,
    token: task.credential,
    source: 'task',
    via: task.native,
    ref: task.ref,
    confidence: task.endedAt === null ? 'likely' : confidence,
    effectiveAt: task.endedAt ?? task.at,
  };
}

export function explainByLine(line: LogEntry, confidence: 'exact' | 'likely'): Explanation {
  return {
    actor: line.actor,
    token: line.credential,
    source: 'log',
    via: 'update VM',
    ref: line.ref,
    confidence,
    effectiveAt: line.at,
  };
}

export function isExplained({ confidence }: Explanation): boolean {
  return confidence !== 'none';
}

export function isSameActor(a: Explanation, b: Explanation): boolean {
  return a.actor === b.actor && a.token === b.token;
}
