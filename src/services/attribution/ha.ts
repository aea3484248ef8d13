import type { Task } from '../../types/task.ts';
import { type Explanation, explainByTask } from './explanation.ts';
import { hasSucceeded, TOLERANCE_MS } from './guest-evidence.ts';

/** `hastart`, `hastop` and `hamigrate` end before the cluster's resource manager acts on them, one or two rounds of 10 s later. */
export const HA_DELAY_MS = 120_000;

const REQUESTS_FOR: Readonly<Record<string, string>> = { running: 'hastart', stopped: 'hastop' };

function isByHaDaemon(task: Task): boolean {
  return task.user === 'root@pam' && task.token === null;
}

/** What pve-ha-lrm does runs as root@pam: behind it is the user whose request came shortly before, or HA's own decision. */
function explainTaken(
  task: Task,
  requestType: string,
  tasks: readonly Task[],
  isHaManaged: boolean,
): Explanation | null {
  const startedAtMs = task.startedAt.getTime();
  const request = tasks.findLast((one) => {
    const delayMs = startedAtMs - one.startedAt.getTime();
    return one.type === requestType && hasSucceeded(one) && delayMs >= -TOLERANCE_MS && delayMs <= HA_DELAY_MS;
  });
  if (request !== undefined) return { ...explainByTask(request, 'exact'), effectiveAt: task.endedAt ?? task.startedAt };
  return isHaManaged ? { ...explainByTask(task, 'likely'), source: 'ha' } : null;
}

/**
 * Who is behind a power task or migration that ran as root@pam; null: root@pam as a user.
 * `tasks` are those of the guest, from {@link HA_DELAY_MS} before the window on.
 */
export function explainByHa(
  task: Task,
  aim: { state: string } | { migration: true },
  tasks: readonly Task[],
  isHaManaged: boolean,
): Explanation | null {
  if (!isByHaDaemon(task)) return null;
  const requestType = 'state' in aim ? REQUESTS_FOR[aim.state] : 'hamigrate';
  return requestType === undefined ? null : explainTaken(task, requestType, tasks, isHaManaged);
}

/** A request whose execution left no task that could be read. */
export function explainByHaRequest(state: string, tasks: readonly Task[]): Explanation | null {
  const last = tasks.findLast((task) => (task.type === 'hastart' || task.type === 'hastop') && hasSucceeded(task));
  return last !== undefined && last.type === REQUESTS_FOR[state] ? explainByTask(last, 'likely') : null;
}

/** After the loss of a node HA moves its guests without a migration task, and starts them where they are now. */
export function explainRecovery(node: string, tasks: readonly Task[]): Explanation | null {
  const start = tasks.findLast(
    (task) => /^(?:qm|vz)start$/.test(task.type) && task.node === node && isByHaDaemon(task),
  );
  return start === undefined ? null : { ...explainByTask(start, 'likely'), source: 'ha' };
}
