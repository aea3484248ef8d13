import type { Patch, PatchEntry } from '../../types/document.ts';
import type { ChangeEvent, PlannedChange } from '../../types/history.ts';
import { sectionOf } from '../../types/section.ts';
import type { Task } from '../../types/task.ts';
import { matchClones } from './clone-source.ts';
import { explainByLog, explainSideEffect } from './config-log.ts';
import { explainByConfigTask, hasConflict, isTaskOnly } from './config-tasks.ts';
import type { Evidence, UnattributedChange } from './evidence.ts';
import { type Explanation, explainByTask, UNEXPLAINED } from './explanation.ts';
import { EvidenceIndex, type GuestRecord, hasSucceeded, type ServerWindow, toServerWindow } from './guest-evidence.ts';
import { explainByHa, explainByHaRequest, explainRecovery, HA_DELAY_MS } from './ha.ts';
import { findCreation, findRemoval } from './lifecycle-tasks.ts';
import { explainMembership } from './membership-log.ts';
import { explainByPowerTask } from './power-tasks.ts';
import { explainByRewrite, findRewrite } from './rollback.ts';

type Guest = NonNullable<UnattributedChange['guest']>;

/** What is known of one changed guest. */
interface Scene {
  guest: Guest;
  window: ServerWindow;
  record: GuestRecord;
  /** Those of the window and of the time before it in which HA may have been asked. */
  recentTasks: readonly Task[];
  rewrite: Task | undefined;
  patch: Patch;
}

/** /cluster/resources is written by pvestatd every 10 s: a state that it told may be that old. */
const POWER_LAG_MS = 12_000;

function explainPower(state: string, { guest, window, record, recentTasks }: Scene): Explanation | null {
  const found =
    explainByPowerTask(record.tasks, state, window) ??
    explainByPowerTask(recentTasks.filter(isRecent(window)), state, window);
  if (found === null) return explainByHaRequest(state, recentTasks);
  return explainByHa(found.task, { state }, recentTasks, guest.isHaManaged) ?? found.explanation;
}

function isRecent(window: ServerWindow): (task: Task) => boolean {
  return (task) => (task.endedAt?.getTime() ?? window.to) >= window.from - POWER_LAG_MS;
}

/** A migration's task runs on the node that the guest leaves, and does not say where to. */
function explainMigration(node: string, { guest, record, recentTasks }: Scene): Explanation | null {
  const migrations = record.tasks.filter((task) => task.type === 'qmigrate' || task.type === 'vzmigrate');
  const task = migrations.findLast(hasSucceeded) ?? migrations.at(-1);
  if (task === undefined) return guest.isHaManaged ? explainRecovery(node, record.tasks) : null;
  if (task.node === node) return null;
  return explainByHa(task, { migration: true }, recentTasks, guest.isHaManaged) ?? explainByTask(task, 'exact');
}

function explainConfig(entry: PatchEntry, { guest, window, record, rewrite, patch }: Scene): Explanation | null {
  const [path, , after] = entry;
  if (rewrite !== undefined && path !== 'parent') {
    const later = record.tasks.slice(record.tasks.indexOf(rewrite) + 1);
    const byLater = explainByConfigTask(entry, later, record.lines, patch);
    return byLater ?? explainByRewrite(rewrite, { path, after }, record, window);
  }
  const byTask = explainByConfigTask(entry, record.tasks, record.lines, patch);
  if (guest.kind === 'lxc' || isTaskOnly(entry, patch)) return byTask;
  const byLine = explainByLog(path, after, record.lines, window);
  if (hasConflict(byLine, byTask)) return null;
  return byTask ?? byLine ?? explainSideEffect(path, record);
}

function explainEntry(entry: PatchEntry, scene: Scene): Explanation {
  const [path, , after] = entry;
  const section = sectionOf(path);
  if (section === 'pool' || section === 'ha') return UNEXPLAINED;
  if (section === 'placement') return (typeof after === 'string' && explainMigration(after, scene)) || UNEXPLAINED;
  if (section === 'power') return (typeof after === 'string' && explainPower(after, scene)) || UNEXPLAINED;
  return explainConfig(entry, scene) ?? UNEXPLAINED;
}

interface Group {
  explanation: Explanation;
  patch: PatchEntry[];
}

/** One group per task or line, those whose time is known first and by it; within one the order of the patch. */
function groupByExplanation(scene: Scene): Group[] {
  const groups = new Map<string, Group>();
  for (const entry of scene.patch) {
    const explanation = explainEntry(entry, scene);
    const { actor, token, ref, confidence } = explanation;
    const key = JSON.stringify([actor, token, ref, confidence]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { explanation, patch: [entry] });
    else group.patch.push(entry);
  }
  const timeOf = ({ explanation }: Group) => explanation.effectiveAt?.getTime() ?? Number.POSITIVE_INFINITY;
  return [...groups.values()].toSorted((a, b) => (timeOf(a) === timeOf(b) ? 0 : timeOf(a) - timeOf(b)));
}

/** Which of the groups the event of a change is about. */
function carrierOf(event: ChangeEvent, groups: readonly Group[]): Group | undefined {
  if (event === 'migrated') return groups.find(({ patch }) => patch.some(([path]) => path === 'node'));
  const suffix = event === 'rolled-back' ? 'rollback' : 'restore';
  return (
    groups.find(({ explanation }) => explanation.via?.endsWith(suffix)) ??
    groups.find(({ explanation }) => explanation.confidence === 'none') ??
    groups[0]
  );
}

function eventOf(change: UnattributedChange, rewrite: Task | undefined): ChangeEvent | null {
  if (change.event !== null || rewrite === undefined) return change.event;
  return rewrite.type.endsWith('rollback') ? 'rolled-back' : 'restored';
}

function attributeEdits(change: UnattributedChange, guest: Guest, scene: Scene): PlannedChange[] {
  const rewrite = scene.rewrite === undefined ? UNEXPLAINED : explainByTask(scene.rewrite, 'exact');
  const groups = change.patch.length > 0 ? groupByExplanation(scene) : [{ explanation: rewrite, patch: [] }];
  const event = eventOf(change, scene.rewrite);
  const carrier = event === null ? undefined : carrierOf(event, groups);
  return groups.map((group) =>
    toPlanned({ ...change, guest, patch: group.patch, event: group === carrier ? event : null }, group.explanation),
  );
}

function toPlanned(change: UnattributedChange, explanation: Explanation): PlannedChange {
  const { resourceType, resourceId, kind, event, patch, notBefore } = change;
  return { resourceType, resourceId, kind, event, patch, attribution: { ...explanation, notBefore } };
}

function attributeCreation(
  change: UnattributedChange,
  guest: Guest,
  tasks: readonly Task[],
  clone?: Explanation,
): PlannedChange {
  const task = findCreation(guest, tasks);
  if (task !== undefined) {
    const event = task.type.endsWith('restore') ? 'restored' : null;
    return toPlanned({ ...change, event: change.event ?? event }, explainByTask(task, 'exact'));
  }
  if (clone !== undefined) return toPlanned({ ...change, event: change.event ?? 'cloned' }, clone);
  return toPlanned(change, UNEXPLAINED);
}

function attributeRemoval(
  change: UnattributedChange,
  guest: Guest,
  tasks: readonly Task[],
  window: ServerWindow,
): PlannedChange {
  const task = findRemoval(guest, tasks, window, change.event === 'moved-cluster');
  if (task === undefined) return toPlanned(change, UNEXPLAINED);
  return toPlanned(change, explainByTask(task, task.type.endsWith('destroy') ? 'exact' : 'likely'));
}

/**
 * Says who made each change. A change whose fields have several explanations becomes several rows, in the order in which
 * they took effect, those of unknown origin last; a creation or removal stays whole. What was seen for the first time
 * (`notBefore` null) has no actor, and neither have storages; of nodes the log tells who joined and removed them.
 */
export function attributeChanges(changes: readonly UnattributedChange[], evidence: Evidence): PlannedChange[] {
  const index = new EvidenceIndex(evidence);
  const clones = matchClones(changes, evidence, index);
  return changes.flatMap((change) => {
    const { guest } = change;
    if (guest === null) return [toPlanned(change, explainMembership(change, evidence))];
    if (change.notBefore === null || change.event === 'observed') return [toPlanned(change, UNEXPLAINED)];
    const window = toServerWindow(change, evidence);
    const record = index.within(guest.vmid, window);
    if (change.kind === 'created') return [attributeCreation(change, guest, record.tasks, clones.get(change))];
    if (change.kind === 'removed') return [attributeRemoval(change, guest, record.tasks, window)];
    const recentTasks = index.tasksSince(guest.vmid, window, HA_DELAY_MS);
    const scene = {
      guest,
      window,
      record,
      recentTasks,
      rewrite: findRewrite(record.tasks, window),
      patch: change.patch,
    };
    return attributeEdits(change, guest, scene);
  });
}
