/** How a task ends that was accepted. `isDone`: what it was for has happened all the same. */
export type TaskEnding =
  | { kind: 'fails'; text: string; isDone?: boolean }
  | { kind: 'warns'; count: number }
  /** It runs until somebody stops it. */
  | { kind: 'hangs'; isDone?: boolean }
  /** Its process dies: a lock stays, and the server cannot say how it ended. */
  | { kind: 'dies'; isDone?: boolean };

/** When what a task does to the cluster is seen: a real server's does it towards its end. */
export type TaskEffect = 'at-start' | 'at-end';

export interface LabTaskRule {
  /** `qmstart`. Without it: of every type. */
  type?: string | readonly string[];
  /** The id of its UPID: mostly the vmid, of a clone that of its source. */
  vmid?: number;
  node?: string;
  /** How many tasks it is for; without it, until it is removed. */
  times?: number;
  durationMs?: number;
  effect?: TaskEffect;
  ending?: TaskEnding;
  /** Lines of its log, which come in equal intervals while it runs. */
  lines?: readonly string[];
}

/** What the rules say about one task together; of several the one that was added last counts. */
export type TaskCourse = Pick<LabTaskRule, 'durationMs' | 'effect' | 'ending' | 'lines'>;

export class TaskRules {
  private active: { rule: LabTaskRule; left: number }[] = [];

  /** Returns a function that removes it. */
  add(rule: LabTaskRule): () => void {
    const entry = { rule, left: rule.times ?? Number.POSITIVE_INFINITY };
    this.active.push(entry);
    return () => {
      this.active = this.active.filter((other) => other !== entry);
    };
  }

  clear(): void {
    this.active = [];
  }

  take(task: { type: string; id: string; node: string }): TaskCourse {
    const course: TaskCourse = {};
    for (const entry of this.active) {
      if (entry.left <= 0 || !isFor(entry.rule, task)) continue;
      entry.left -= 1;
      const { durationMs, effect, ending, lines } = entry.rule;
      Object.assign(course, {
        ...(durationMs !== undefined && { durationMs }),
        ...(effect && { effect }),
        ...(ending && { ending }),
        ...(lines && { lines }),
      });
    }
    return course;
  }
}

function isFor({ type, vmid, node }: LabTaskRule, task: { type: string; id: string; node: string }): boolean {
  return (
    (type === undefined || [type].flat().includes(task.type)) &&
    (vmid === undefined || task.id === String(vmid)) &&
    (node === undefined || task.node === node)
  );
}
