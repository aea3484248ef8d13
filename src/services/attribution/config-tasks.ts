import type { Patch, PatchEntry } from '../../types/document.ts';
import type { LogEntry, Task } from '../../types/task.ts';
import { rootOf } from './config-log.ts';
import { type Explanation, explainByTask, isOneActor, UNEXPLAINED } from './explanation.ts';
import { hasSucceeded, TOLERANCE_MS } from './guest-evidence.ts';

const MOVE = /^(?:qmmove|move_volume)$/;
const SET_PARENT = /^(?:qm|vz)(?:snapshot|rollback)$/;
const DELETE_SNAPSHOT = /^(?:qm|vz)delsnapshot$/;

/** Finished ones, or those running where none has finished; unexplained when several users come into question. */
function explainByAny(tasks: readonly Task[]): Explanation | null {
  const done = tasks.filter(hasSucceeded);
  const candidates = done.length > 0 ? done : tasks;
  const last = candidates.at(-1);
  if (last === undefined) return null;
  return isOneActor(candidates) ? explainByTask(last, 'exact') : UNEXPLAINED;
}

/** The name in `snapshot VM 101: before_upgrade` or `rollback snapshot VM 101: …`, the line that goes with the task. */
function snapshotName(task: Task, lines: readonly LogEntry[]): string | undefined {
  const verb = task.type.endsWith('rollback') ? 'rollback' : 'snapshot ';
  const line = lines.find(({ at, user, message }) => {
    const isNear = Math.abs(at.getTime() - task.startedAt.getTime()) <= TOLERANCE_MS;
    return isNear && user === task.user && message.startsWith(verb);
  });
  return line?.message.slice(line.message.indexOf(':') + 1).trim();
}

/** A snapshot becomes the parent, and so does one that was rolled back to; deleting the parent makes its own parent it. */
function explainParent(after: PatchEntry[2], tasks: readonly Task[], lines: readonly LogEntry[]): Explanation | null {
  const setters = tasks.filter((task) => SET_PARENT.test(task.type));
  const last = setters.at(-1);
  const deleted = tasks.filter((task) => DELETE_SNAPSHOT.test(task.type));
  if (last === undefined) return explainByAny(deleted);
  const later = deleted.filter((task) => tasks.indexOf(task) > tasks.indexOf(last));
  const names = setters.map((task) => snapshotName(task, lines));
  if (names.at(-1) === undefined) return explainByAny([last, ...later]);
  if (names.at(-1) !== after) return explainByAny(later);
  const maker = setters[names.findLastIndex((name) => name !== after) + 1];
  return maker === undefined ? null : explainByTask(maker, 'exact');
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
