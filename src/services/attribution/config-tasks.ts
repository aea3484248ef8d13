import type { Patch, PatchEntry } from '../../types/document.ts';
import type { LogEntry, Task } from '../../types/task.ts';
import { rootOf } from './config-log.ts';
import { type Explanation, explainByTask, isOneActor } from './explanation.ts';
import { hasSucceeded } from './guest-evidence.ts';

const MOVE = /^(?:qmmove|move_volume)$/;
const SNAPSHOT = /^(?:qm|vz)snapshot$/;
const DELETE_SNAPSHOT = /^(?:qm|vz)delsnapshot$/;

/** Finished ones, or those running where none has finished; null when several users come into question. */
function explainByAny(tasks: readonly Task[]): Explanation | null {
  const done = tasks.filter(hasSucceeded);
  const candidates = done.length > 0 ? done : tasks;
  const last = candidates.at(-1);
  return last !== undefined && isOneActor(candidates) ? explainByTask(last, 'exact') : null;
}

/** The name in `snapshot VM 101: before_upgrade`, the line that goes with the task. */
function snapshotName(task: Task, lines: readonly LogEntry[]): string | undefined {
  const line = lines.find(({ at, user, message }) => {
    const isNear = Math.abs(at.getTime() - task.startedAt.getTime()) <= 2_000;
    return isNear && user === task.user && message.startsWith('snapshot ');
  });
  return line?.message.slice(line.message.indexOf(':') + 1).trim();
}

/** A snapshot becomes the parent; deleting one makes its own parent the parent, if it was it. */
function explainParent(after: PatchEntry[2], tasks: readonly Task[], lines: readonly LogEntry[]): Explanation | null {
  const taken = tasks.findLast((task) => SNAPSHOT.test(task.type));
  const deleted = tasks.filter((task) => DELETE_SNAPSHOT.test(task.type));
  if (taken === undefined) return explainByAny(deleted);
  const later = deleted.filter((task) => tasks.indexOf(task) > tasks.indexOf(taken));
  const name = snapshotName(taken, lines);
  if (name === undefined) return explainByAny([taken, ...later]);
  if (name === after) return explainByTask(taken, 'exact');
  return explainByAny(later);
}

/** The disk of a virtual machine that becomes a template is renamed: `base-9000-disk-0`. */
function isTemplateDisk(volume: PatchEntry[2]): boolean {
  return typeof volume === 'string' && volume.includes('base');
}

/** Types of tasks that give a disk another volume. */
function volumeTasks([, before, after]: PatchEntry, patch: Patch): RegExp {
  if (isTemplateDisk(after) && !isTemplateDisk(before)) return /^(?:qmmove|qmtemplate|vztemplate)$/;
  const isMigrated = patch.some(([path]) => path === 'node');
  return isMigrated ? /^(?:qmmove|move_volume|qmigrate|vzmigrate)$/ : MOVE;
}

/** Types of tasks that may have changed a path other than by an edit of the configuration; null: none. */
function typesFor(entry: PatchEntry, patch: Patch): RegExp | null {
  const [path, before, after] = entry;
  if (path === 'template') return /^(?:qm|vz)template$/;
  if (path === 'vmstate') return after === null ? /^qm(?:start|resume)$/ : /^qmsuspend$/;
  if (before === null || after === null) return null;
  const volume = patch.find(([other]) => other === `${rootOf(path)}.file`);
  if (volume !== undefined && /\.(?:file|size|format)$/.test(path)) return volumeTasks(volume, patch);
  return path.endsWith('.size') ? /^resize$/ : null;
}

/**
 * Who changed a configuration path by a task of its own kind: a snapshot, a conversion to a template, a resize or a move of
 * a disk. The id of such a task is the vmid only, so several users in one window are told apart only by what else is known.
 */
export function explainByConfigTask(
  entry: PatchEntry,
  tasks: readonly Task[],
  lines: readonly LogEntry[],
  patch: Patch,
): Explanation | null {
  if (entry[0] === 'parent') return explainParent(entry[2], tasks, lines);
  const types = typesFor(entry, patch);
  return types === null ? null : explainByAny(tasks.filter((task) => types.test(task.type)));
}

/** Whether only a task, never an edit, changes this path of a disk that stays: its size is the volume's own. */
export function isTaskOnly([path, before, after]: PatchEntry, patch: Patch): boolean {
  const hasStayed = before !== null && after !== null && !patch.some(([other]) => other === `${rootOf(path)}.file`);
  return hasStayed && path.endsWith('.size');
}

/** Whether tasks and lines of different users both come into question for the volume of a disk. */
export function hasConflict(byLine: Explanation | null, byTask: Explanation | null): boolean {
  return byLine !== null && byTask !== null && (byLine.actor !== byTask.actor || byLine.token !== byTask.token);
}
