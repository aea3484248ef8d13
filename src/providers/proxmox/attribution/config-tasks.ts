import type { Patch, PatchEntry } from '../../../types/document.ts';
import { asLikely, type Explanation, isOneActor, UNEXPLAINED } from '../../explanation.ts';
import type { LogEntry, Task } from '../records/record.ts';
import { explainByTask } from './explanation.ts';
import { type GuestRecord, hasSucceeded } from './guest-evidence.ts';
import { rootOf } from './line-verdict.ts';
import { explainParent } from './snapshot-tasks.ts';
import { MIGRATION } from './task-types.ts';

const MOVE = /^(?:qmmove|move_volume)$/;
/** `105-scsi0>106-scsi3`. Source: qemu-server src/PVE/API2/Qemu.pm move_vm_disk, pve-container src/PVE/API2/LXC.pm. */
const REASSIGNMENT = /^(\d+)-([a-z]+\d*)>(\d+)-([a-z]+\d*)$/;
/** `update VM 101: resize --disk scsi1 --size +1G`, `move disk VM 108: move --disk scsi0 --storage fast`. */
const DISK_LINE = /: (resize|move) --disk (\S+)/;
const LINE_DELAY_MS = 2_000;

/** Finished ones, or those running where none has finished; unexplained when several users come into question. */
function explainByAny(tasks: readonly Task[], { unclear }: GuestRecord): Explanation | null {
  const done = tasks.filter(hasSucceeded);
  const candidates = done.length > 0 ? done : tasks;
  const last = candidates.at(-1);
  if (last === undefined) return null;
  if (!isOneActor(candidates)) return UNEXPLAINED;
  const isUnclear = candidates.every((task) => unclear.has(task));
  return isUnclear ? asLikely(explainByTask(last, 'exact')) : explainByTask(last, 'exact');
}

/** The disk of a virtual machine that becomes a template is renamed: `base-9000-disk-0`. */
function isTemplateDisk(volume: PatchEntry[2]): boolean {
  return typeof volume === 'string' && volume.includes('base');
}

/** The disk that a line names which its task has written; null: none does. */
function diskOf(task: Task, lines: readonly LogEntry[]): string | null {
  const verb = task.native === 'resize' ? 'resize' : 'move';
  const disks = lines.flatMap(({ at, actor, credential, text }) => {
    const [, said, disk] = DISK_LINE.exec(text) ?? [];
    const delayMs = at.getTime() - task.at.getTime();
    const isOwn = said === verb && actor === task.actor && credential === task.credential && delayMs >= 0;
    return isOwn && disk !== undefined && delayMs <= LINE_DELAY_MS ? [disk] : [];
  });
  const [first] = disks;
  return first !== undefined && disks.every((disk) => disk === first) ? first : null;
}

/** Tasks that may be about this disk: those that name another one are not. */
function ofDisk(tasks: readonly Task[], disk: string, lines: readonly LogEntry[]): Task[] {
  return tasks.filter((task) => (diskOf(task, lines) ?? disk) === disk);
}

/** Tasks that gave the disk of a path to another guest, or took it from one. */
function reassignments(tasks: readonly Task[], vmid: number, disk: string): Task[] {
  return tasks.filter(({ native, target }) => {
    const [, from, given, to, taken] = MOVE.test(native) ? (REASSIGNMENT.exec(target) ?? []) : [];
    return (Number(from) === vmid && given === disk) || (Number(to) === vmid && taken === disk);
  });
}

/** Tasks that gave a disk another volume. */
function volumeTasks([path, before, after]: PatchEntry, patch: Patch, { tasks, lines }: GuestRecord): Task[] {
  const moves = tasks.filter(({ native, target }) => MOVE.test(native) && !REASSIGNMENT.test(target));
  const own = ofDisk(moves, rootOf(path), lines);
  if (isTemplateDisk(after) && !isTemplateDisk(before)) {
    return tasks.filter((task) => own.includes(task) || /^(?:qm|vz)template$/.test(task.native));
  }
  const isMigrated = patch.some(([other]) => other === 'node');
  return tasks.filter((task) => own.includes(task) || (isMigrated && MIGRATION.test(task.native)));
}

/** Tasks that may have changed a path other than by an edit of the configuration; null: it is none that a task changes. */
function tasksFor(entry: PatchEntry, patch: Patch, vmid: number, record: GuestRecord): readonly Task[] | null {
  const [path, before, after] = entry;
  const { tasks, lines } = record;
  const byType = (types: RegExp) => tasks.filter(({ native }) => types.test(native));
  if (path === 'template') return byType(/^(?:qm|vz)template$/);
  if (path === 'vmstate') return byType(after === null ? /^qm(?:start|resume)$/ : /^qmsuspend$/);
  const disk = rootOf(path);
  const given = reassignments(tasks, vmid, disk);
  if (before === null || after === null) return given.length > 0 && !patch.some(isEditOf(disk)) ? given : null;
  const volume = patch.find(([other]) => other === `${disk}.file`);
  if (volume !== undefined && /\.(?:file|size|format)$/.test(path)) return volumeTasks(volume, patch, record);
  return path.endsWith('.size') ? ofDisk(byType(/^resize$/), disk, lines) : null;
}

/** Whether a disk was there before and after, so that only a part of it came or went. */
function isEditOf(disk: string): (entry: PatchEntry) => boolean {
  return ([path, before, after]) => path === `${disk}.file` && before !== null && after !== null;
}

/**
 * Who changed a configuration path by a task of its own kind: a snapshot, a conversion to a template, a resize or a move of
 * a disk. The id of most such tasks is the vmid only, so several users in one window are told apart only where the log names
 * the disk or the snapshot.
 */
export function explainByConfigTask(
  entry: PatchEntry,
  patch: Patch,
  vmid: number,
  record: GuestRecord,
): Explanation | null {
  if (entry[0] === 'parent') return explainParent(entry, record);
  const tasks = tasksFor(entry, patch, vmid, record);
  return tasks === null ? null : explainByAny(tasks, record);
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
