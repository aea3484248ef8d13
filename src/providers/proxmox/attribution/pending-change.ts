import type { Document, Patch, PatchEntry } from '../../../types/document.ts';
import { effectivePath, isAtOrBelow, isPendingPath, PENDING, PENDING_DELETE } from '../../../types/pending-path.ts';
import { type Explanation, isOneActor } from '../../explanation.ts';
import type { Task } from '../records/record.ts';
import { explainByLog } from './config-log.ts';
import { explainByLine, explainByTask } from './explanation.ts';
import { type GuestRecord, hasSucceeded, taskEnd } from './guest-evidence.ts';
import { rootOf } from './line-verdict.ts';
import { mayBeDaemon } from './power-tasks.ts';
import { isSameValue } from './same-value.ts';

/**
 * Tasks at whose end a guest's pending changes are in effect; a container's wait for its start. Source: qemu-server
 * src/PVE/QemuServer.pm vm_start_nolock and vm_stop_cleanup, pve-container src/PVE/LXC.pm vm_start.
 */
const APPLIES = /^(?:(?:qm|vz)(?:start|reboot)|qm(?:stop|shutdown|resume))$/;

const STARTS = /(?:start|reboot|resume)$/;

/** Whether an entry says that a pending change took effect: the value that changed, or the pending one that is gone. */
export function isApplied([path, before, after]: PatchEntry, patch: Patch): boolean {
  if (isPendingPath(path)) return after === null && patch.some((entry) => tookEffect([path, before, after], entry));
  return patch.some(
    (entry) => isPendingPath(entry[0]) && entry[2] === null && tookEffect(entry, [path, before, after]),
  );
}

function tookEffect([pending, waiting]: PatchEntry, [path, , after]: PatchEntry): boolean {
  if (pending.startsWith(PENDING_DELETE)) return after === null && isAtOrBelow(path, effectivePath(pending));
  return pending === PENDING + path && waiting !== null && isSameValue(waiting, after);
}

/** Who made a pending change come, or go without taking effect, by the lines that name its key. */
export function explainPending(
  [path, before, after]: PatchEntry,
  record: GuestRecord,
  document: Document | undefined,
): Explanation | null {
  const target = effectivePath(path);
  if (after !== null) return explainByLog(target, path.startsWith(PENDING_DELETE) ? null : after, record, document);
  const naming = record.lines.filter(({ update }) => {
    if (update === null || update.isAmbiguous) return false;
    const root = rootOf(target);
    const isSetAgain = update.setKeys.includes(root) && !isSameValue(update.set[target] ?? null, before);
    return isSetAgain || update.revertedKeys.includes(root) || update.deletedKeys.includes(root);
  });
  const last = naming.at(-1);
  if (last === undefined) return null;
  return explainByLine(last, isOneActor(naming) && !record.unclear.has(last) ? 'exact' : 'likely');
}

/**
 * Whether somebody else stopped or started the guest while a task was at it, or after a daemon did for somebody: either may have
 * been the one.
 */
function isOvertaken(task: Task, applying: readonly Task[]): boolean {
  return applying.some(
    (other) => !isOneActor([task, other]) && (mayBeDaemon(task) || other.at.getTime() < taskEnd(task)),
  );
}

/**
 * The start or stop at which pending changes took effect: the first one, likely when others followed it; null when two people's
 * overlapped. `tasks` by their end.
 */
export function explainApplied({
  tasks,
  unclear,
}: GuestRecord): { task: Task; state: 'running' | 'stopped'; explanation: Explanation } | null {
  const all = tasks.filter(({ native }) => APPLIES.test(native));
  const done = all.filter(hasSucceeded);
  // One that is still running may have done it already.
  const applying = done.length > 0 || !isOneActor(all) ? done : all;
  const [task] = applying;
  if (task === undefined || isOvertaken(task, applying)) return null;
  const state = STARTS.test(task.native) ? 'running' : 'stopped';
  return {
    task,
    state,
    explanation: explainByTask(task, isOneActor(applying) && !unclear.has(task) ? 'exact' : 'likely'),
  };
}
