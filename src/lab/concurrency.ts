import type { LabTask } from './task.ts';

/** The greatest numbers of tasks that ran at the same instant. */
export interface LabConcurrency {
  all: number;
  /** A task with a target counts for both nodes. */
  perNode: Readonly<Record<string, number>>;
  perStorage: Readonly<Record<string, number>>;
  perType: Readonly<Record<string, number>>;
}

/** Exact: starts and ends are numbered in the order in which they happened, also within one instant of a clock that stands still. */
export function concurrencyOf(tasks: readonly LabTask[]): LabConcurrency {
  const [counts, most] = [new Map<string, number>(), new Map<string, number>()];
  const moments = tasks
    .flatMap((task) => [
      { seq: task.startedSeq, task, by: 1 },
      ...(task.endedSeq === null ? [] : [{ seq: task.endedSeq, task, by: -1 }]),
    ])
    .sort((a, b) => a.seq - b.seq);
  for (const { task, by } of moments) {
    for (const key of keysOf(task)) {
      const count = (counts.get(key) ?? 0) + by;
      counts.set(key, count);
      most.set(key, Math.max(most.get(key) ?? 0, count));
    }
  }
  const part = (prefix: string): Record<string, number> =>
    Object.fromEntries(
      [...most].flatMap(([key, count]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), count]] : [])),
    );
  return {
    all: most.get('all') ?? 0,
    perNode: part('node '),
    perStorage: part('storage '),
    perType: part('type '),
  };
}

function keysOf({ type, load }: LabTask): string[] {
  const nodes = [...load.nodes].map((node) => `node ${node}`);
  const storages = [...load.storages].map((storage) => `storage ${storage}`);
  return ['all', `type ${type}`, ...nodes, ...storages];
}
