import { asLikely, type Explanation, isOneActor } from '../../explanation.ts';
import type { Task } from '../records/record.ts';
import { explainByTask } from './explanation.ts';
import { type GuestRecord, hasSucceeded, taskEnd } from './guest-evidence.ts';
import type { ServerWindow } from './server-window.ts';

/**
 * The states in which a guest may be when a task of this type has ended well. `qmpause` is a suspension to memory,
 * `qmsuspend` one to disk, a rollback ends in the state of its snapshot. A reset or reboot leaves a guest as it was.
 */
const LEADS_TO: Readonly<Record<string, readonly string[]>> = {
  qmstart: ['running'],
  vzstart: ['running'],
  qmresume: ['running'],
  vzresume: ['running'],
  qmstop: ['stopped'],
  vzstop: ['stopped'],
  qmshutdown: ['stopped'],
  vzshutdown: ['stopped'],
  qmpause: ['suspended', 'running'],
  qmsuspend: ['suspended', 'stopped'],
  vzsuspend: ['suspended', 'stopped'],
  qmrollback: ['running', 'stopped', 'suspended'],
  vzrollback: ['running', 'stopped', 'suspended'],
  qmrestore: ['stopped'],
  vzrestore: ['stopped'],
};

type Effect = 'leads' | 'contradicts' | 'neutral';

function effectOf(task: Task, state: string, window: ServerWindow): Effect {
  if (task.native === 'qmreboot' || task.native === 'vzreboot') {
    if (!hasSucceeded(task)) return 'leads';
    // Seen in its middle by the previous observation, a reboot is what started the guest again.
    if (state === 'running') return task.at.getTime() < window.from ? 'leads' : 'neutral';
    return 'contradicts';
  }
  const states = LEADS_TO[task.native];
  if (states === undefined) return 'neutral';
  if (task.native === 'qmpause' && state === 'running') return 'neutral';
  return states.includes(state) ? 'leads' : 'contradicts';
}

/** The tasks, oldest first, that lead to the state and after which none led away from it. */
function lastRun(tasks: readonly Task[], state: string, window: ServerWindow): Task[] {
  const run: Task[] = [];
  for (const task of tasks.toReversed()) {
    const effect = effectOf(task, state, window);
    // One that is running may not have done anything yet.
    if (effect === 'contradicts' && hasSucceeded(task)) break;
    if (effect === 'leads') run.unshift(task);
  }
  return run;
}

/** As which pve-ha-lrm and other daemons act as well. */
export function mayBeDaemon({ actor, credential }: Task): boolean {
  return actor === 'root@pam' && credential === null;
}

/** A stop of a stopped guest ends well, so the first one did it; a second start ends well only if the guest was off again. */
function makerOf(run: readonly Task[], state: string, unclear: ReadonlySet<unknown>): Task | undefined {
  const done = run.filter(hasSucceeded);
  if (done.length === 0) return isOneActor(run) ? run[0] : undefined;
  if (!isOneActor(done)) {
    // A rollback may have stopped and started the guest, or left it as another task had made it.
    if (done.some((task) => task.native.endsWith('rollback') || unclear.has(task) || mayBeDaemon(task)))
      return undefined;
  }
  const inside = done.filter((task) => !unclear.has(task));
  const candidates = inside.length > 0 ? inside : done;
  return state === 'running' ? candidates.at(-1) : candidates[0];
}

/** A backup starts a stopped VM for its time, or stops a running one: that shows only while it runs. */
function findBackup(tasks: readonly Task[], window: ServerWindow): Task | undefined {
  const spanning = tasks.filter((task) => {
    if (task.native !== 'vzdump') return false;
    return taskEnd(task) > window.to || task.at.getTime() < window.from;
  });
  return isOneActor(spanning) ? spanning[0] : undefined;
}

/**
 * The task that brought a guest into a power state; null when none did, or a later one led elsewhere. Exact when no other
 * user's task led there.
 */
export function explainByPowerTask(
  { tasks, unclear }: GuestRecord,
  state: string,
  window: ServerWindow,
): { explanation: Explanation; task: Task } | null {
  const run = lastRun(tasks, state, window);
  const task = makerOf(run, state, unclear);
  if (task !== undefined) {
    const others = tasks.filter((one) => hasSucceeded(one) && effectOf(one, state, window) === 'leads');
    const isCertain = !task.native.endsWith('rollback') && !unclear.has(task) && isOneActor([task, ...others]);
    return { task, explanation: explainByTask(task, isCertain ? 'exact' : 'likely') };
  }
  if (run.some(hasSucceeded)) return null;
  if (tasks.some((one) => effectOf(one, state, window) === 'contradicts' && hasSucceeded(one))) return null;
  const backup = findBackup(tasks, window);
  if (backup === undefined) return null;
  const isScheduled = backup.actor === 'root@pam' && backup.credential === null;
  const explanation = asLikely(explainByTask(backup, 'likely'));
  return { task: backup, explanation: isScheduled ? { ...explanation, source: 'job' } : explanation };
}
