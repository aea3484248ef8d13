import type { Cluster } from './cluster.ts';
import { concurrencyOf, type LabConcurrency } from './concurrency.ts';
import type { LabTask } from './task.ts';
import type { LabTaskRule } from './task-rules.ts';

/** A task as a test sees it. `exit` is null while it runs. */
export interface LabTaskView extends Pick<LabTask, 'upid' | 'node' | 'type' | 'id' | 'authid' | 'starttime'> {
  exit: string | null;
}

export interface LabTasks {
  /** The greatest numbers of tasks that ran at the same instant, of all, or of those that `filter` takes. */
  concurrency(filter?: (task: LabTaskView) => boolean): LabConcurrency;
  /** How tasks go that are started from now on. */
  taskRules: { add(rule: LabTaskRule): () => void; clear(): void };
  /** Those since the lab has begun, in the order in which they were started. */
  tasks(): readonly LabTaskView[];
}

export function taskControls({ tasks }: Cluster): LabTasks {
  return {
    concurrency: (filter = () => true) => concurrencyOf(tasks.all().filter((task) => filter(viewOf(task)))),
    taskRules: tasks.rules,
    tasks: () => tasks.all().map(viewOf),
  };
}

function viewOf({ upid, node, type, id, authid, starttime, isRunning, exit }: LabTask): LabTaskView {
  return { upid, node, type, id, authid, starttime, exit: isRunning ? null : exit };
}
