import type { Patch, PatchEntry } from '../../../types/document.ts';
import type { UnattributedChange } from '../../../types/evidence.ts';
import { isPendingPath } from '../../../types/pending-path.ts';
import { sectionOf } from '../../../types/section.ts';
import { asLikely, type Explanation, UNEXPLAINED } from '../../explanation.ts';
import type { Task } from '../records/record.ts';
import { vmidOf } from '../vmid.ts';
import { explainByLog } from './config-log.ts';
import { explainByConfigTask, hasConflict, isTaskOnly } from './config-tasks.ts';
import { explainByTask, isExplained, isSameActor } from './explanation.ts';
import { type GuestRecord, hasSucceeded } from './guest-evidence.ts';
import { explainByHa, explainByHaRequest, explainHaState, explainRecovery } from './ha.ts';
import { type callsWithin, explainByCall } from './operation-calls.ts';
import { explainApplied, explainPending, isApplied } from './pending-change.ts';
import { powerAfter } from './power-change.ts';
import { explainByPowerTask } from './power-tasks.ts';
import { explainByRewrite, findRewrite } from './rollback.ts';
import type { ServerWindow } from './server-window.ts';
import { explainSideEffect } from './side-effects.ts';
import { explainSnapshot } from './snapshot-tasks.ts';

/** What is known of one changed guest. */
export interface Scene {
  guest: NonNullable<UnattributedChange['guest']>;
  window: ServerWindow;
  record: GuestRecord;
  /** Those of the window and of the time before it in which HA may have been asked. */
  recentTasks: readonly Task[];
  patch: Patch;
  /** What actions of this program have done to it in the window. */
  calls: ReturnType<typeof callsWithin>;
}

function explainPower(state: string, { guest, window, record, recentTasks }: Scene): Explanation | null {
  const found = explainByPowerTask(record, state, window);
  if (found === null) return explainByHaRequest(state, recentTasks);
  return explainByHa(found.task, { state }, recentTasks, guest.isHaManaged) ?? found.explanation;
}

/** A migration's task runs on the node that the guest leaves, and does not say where to. */
function explainMigration(node: string, { guest, record, recentTasks }: Scene): Explanation | null {
  const migrations = record.tasks.filter((task) => task.native === 'qmigrate' || task.native === 'vzmigrate');
  const task = migrations.findLast(hasSucceeded) ?? migrations.at(-1);
  if (task === undefined) return guest.isHaManaged ? explainRecovery(node, record.tasks) : null;
  if (task.place === node) return null;
  const found = explainByHa(task, { migration: true }, recentTasks, guest.isHaManaged) ?? explainByTask(task, 'exact');
  return record.unclear.has(task) ? asLikely(found) : found;
}

/** Tasks after the whole configuration was replaced; the parent is told by all of them, and by no restore. */
function recordAfter(rewrite: Task, path: string, record: GuestRecord): GuestRecord {
  const isWhole = path === 'parent' && rewrite.native.endsWith('rollback');
  return isWhole ? record : { ...record, tasks: record.tasks.slice(record.tasks.indexOf(rewrite) + 1) };
}

/** A pending change took effect: by whoever started or stopped the guest, unless a line tells of another one who wrote the value. */
function explainEffect([path, , after]: PatchEntry, scene: Scene): Explanation | null {
  const { guest, record, recentTasks } = scene;
  const found = explainApplied(record);
  const byHa = found && explainByHa(found.task, { state: found.state }, recentTasks, guest.isHaManaged);
  const byTask = byHa ?? found?.explanation ?? null;
  const byLine = isPendingPath(path) ? null : explainByLog(path, after, record, guest.document);
  return hasConflict(byLine, byTask) ? null : (byTask ?? byLine);
}

function explainConfig(entry: PatchEntry, scene: Scene): Explanation | null {
  const { guest, record, patch } = scene;
  const [path, , after] = entry;
  const rewrite = findRewrite(record, guest);
  if (rewrite !== undefined) {
    const byLater = explainByConfigTask(entry, patch, vmidOf(guest), recordAfter(rewrite, path, record));
    return byLater ?? explainByRewrite(rewrite, entry, record, guest);
  }
  if (isApplied(entry, patch)) return explainEffect(entry, scene);
  if (isPendingPath(path)) return explainPending(entry, record, guest.document) ?? explainByCall(entry, scene);
  const byTask = explainByConfigTask(entry, patch, vmidOf(guest), record);
  if (guest.kind === 'lxc' || isTaskOnly(entry, patch)) return byTask ?? explainByCall(entry, scene);
  const byLine = explainByLog(path, after, record, guest.document);
  if (hasConflict(byLine, byTask)) return null;
  return byTask ?? byLine ?? byUnloggedCall(entry, scene) ?? bySideEffect(entry, scene);
}

/** Every edit of a virtual machine has its line in the log: without it, it is not certain that it was done. */
function byUnloggedCall(entry: PatchEntry, scene: Scene): Explanation | null {
  const byCall = explainByCall(entry, scene);
  return byCall && asLikely(byCall);
}

function bySideEffect(entry: PatchEntry, scene: Scene): Explanation | null {
  return explainSideEffect(entry, scene.patch, (cause) => explainConfig(cause, scene));
}

function explainOnce(entry: PatchEntry, scene: Scene): Explanation {
  const [path, , after] = entry;
  const section = sectionOf(path);
  if (section === 'pool') return explainByCall(entry, scene) ?? UNEXPLAINED;
  if (path === 'ha.state') return explainHaState(entry, scene.record) ?? UNEXPLAINED;
  if (section === 'ha') return UNEXPLAINED;
  if (section === 'snapshots') return explainSnapshot(entry, scene.patch, scene.record) ?? UNEXPLAINED;
  if (section === 'placement') return (typeof after === 'string' && explainMigration(after, scene)) || UNEXPLAINED;
  if (section === 'power') {
    const state = powerAfter(entry, scene.patch);
    return (state !== null && explainPower(state, scene)) || UNEXPLAINED;
  }
  return explainConfig(entry, scene) ?? UNEXPLAINED;
}

/**
 * Who changed one field of a guest. `doubtful`: the record as it would be if tasks had done their work of which that is not
 * known; what only they explain is likely, and nothing is exact that they explain otherwise.
 */
export function explainEntry(entry: PatchEntry, scene: Scene, doubtful: GuestRecord | null): Explanation {
  const explanation = explainOnce(entry, scene);
  if (doubtful === null) return explanation;
  const other = explainOnce(entry, { ...scene, record: doubtful });
  if (!isExplained(explanation)) return asLikely(other);
  if (isExplained(other) && isSameActor(explanation, other)) return explanation;
  return explanation.confidence === 'exact' ? asLikely(explanation) : UNEXPLAINED;
}
