import type { PatchEntry } from '../../../types/document.ts';
import { asLikely, type Explanation, isOneActor, UNEXPLAINED } from '../../explanation.ts';
import type { Task } from '../records/record.ts';
import { explainByTask } from './explanation.ts';
import { type GuestRecord, hasSucceeded } from './guest-evidence.ts';

/** `hastart`, `hastop` and `hamigrate` end before the cluster's resource manager acts on them, one or two rounds of 10 s later. */
export const HA_DELAY_MS = 120_000;

const REQUESTS_FOR: Readonly<Record<string, string>> = { running: 'hastart', stopped: 'hastop' };
/** The state of its resource that a request asks for. Source: pve-ha-manager src/PVE/CLI/ha_manager.pm, qemu-server vm_stop. */
const HA_STATES: Readonly<Record<string, string>> = { started: 'hastart', stopped: 'hastop' };

function isByHaDaemon(task: Task): boolean {
  return task.actor === 'root@pam' && task.credential === null;
}

/** What pve-ha-lrm does runs as root@pam: behind it is the user whose request came shortly before, or HA's own decision. */
function explainTaken(
  task: Task,
  requestType: string,
  tasks: readonly Task[],
  isHaManaged: boolean,
): Explanation | null {
  const startedAtMs = task.at.getTime();
  const requests = tasks.filter((one) => {
    const delayMs = startedAtMs - one.at.getTime();
    return one.native === requestType && hasSucceeded(one) && delayMs >= 0 && delayMs <= HA_DELAY_MS;
  });
  const request = requests.at(-1);
  if (request !== undefined) {
    if (!isOneActor(requests)) return UNEXPLAINED;
    return { ...explainByTask(request, 'exact'), effectiveAt: task.endedAt ?? task.at };
  }
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
  const requests = tasks.filter((task) => /^ha(?:start|stop)$/.test(task.native) && hasSucceeded(task));
  const last = requests.at(-1);
  if (last === undefined || last.native !== REQUESTS_FOR[state]) return null;
  return isOneActor(requests.filter(({ native }) => native === last.native)) ? explainByTask(last, 'likely') : null;
}

/** The state of an HA resource that was there before and after: by who asked for it last. */
export function explainHaState([, before, after]: PatchEntry, record: GuestRecord): Explanation | null {
  const type = typeof after === 'string' ? HA_STATES[after] : undefined;
  if (type === undefined || before === null) return null;
  const requests = record.tasks.filter((task) => /^ha(?:start|stop)$/.test(task.native) && hasSucceeded(task));
  const run = requests.slice(requests.findLastIndex((task) => task.native !== type) + 1);
  const first = run.find((task) => !record.unclear.has(task)) ?? run[0];
  if (first === undefined || !isOneActor(run)) return null;
  const explanation = explainByTask(first, 'exact');
  return record.unclear.has(first) ? asLikely(explanation) : explanation;
}

/** After the loss of a node HA moves its guests without a migration task, and starts them where they are now. */
export function explainRecovery(node: string, tasks: readonly Task[]): Explanation | null {
  const start = tasks.findLast(
    (task) => /^(?:qm|vz)start$/.test(task.native) && task.place === node && isByHaDaemon(task),
  );
  return start === undefined ? null : { ...explainByTask(start, 'likely'), source: 'ha' };
}
