import type { Patch, PatchEntry } from '../../../types/document.ts';
import { asLikely, type Explanation, isOneActor, UNEXPLAINED } from '../../explanation.ts';
import type { LogEntry, Task } from '../records/record.ts';
import { explainByTask } from './explanation.ts';
import { type GuestRecord, hasSucceeded } from './guest-evidence.ts';
import { RESTORE, SNAPSHOT_TASK } from './task-types.ts';

/** Source: qemu-server src/PVE/API2/Qemu.pm, pve-container src/PVE/API2/LXC/Snapshot.pm. */
const SNAPSHOT_LINE = /^(snapshot|rollback snapshot|delete snapshot) (?:VM|CT|LXC|container) (\d+):?\s+(\S+)$/;
const VERBS: Readonly<Record<string, string>> = {
  snapshot: 'snapshot',
  rollback: 'rollback snapshot',
  delsnapshot: 'delete snapshot',
};
/** The task writes its line once it runs. */
const LINE_DELAY_MS = 2_000;

export interface SnapshotStep {
  task: Task;
  what: 'snapshot' | 'rollback' | 'delsnapshot';
  /** null: no line of the log tells. */
  name: string | null;
}

function toStep(task: Task, lines: readonly LogEntry[]): SnapshotStep | null {
  const what = SNAPSHOT_TASK.exec(task.native)?.[1];
  if (what !== 'snapshot' && what !== 'rollback' && what !== 'delsnapshot') return null;
  const names = lines.flatMap(({ at, actor, credential, text }) => {
    const [, verb, , name] = SNAPSHOT_LINE.exec(text) ?? [];
    const delayMs = at.getTime() - task.at.getTime();
    const isOwn = verb === VERBS[what] && actor === task.actor && credential === task.credential;
    return isOwn && name !== undefined && delayMs >= 0 && delayMs <= LINE_DELAY_MS ? [{ name, delayMs }] : [];
  });
  const nearest = names.reduce<(typeof names)[number] | null>(
    (best, one) => (best === null || one.delayMs < best.delayMs ? one : best),
    null,
  );
  const isOnly =
    new Set(names.filter(({ delayMs }) => delayMs === nearest?.delayMs).map(({ name }) => name)).size === 1;
  return { task, what, name: isOnly ? (nearest?.name ?? null) : null };
}

/** The tasks that made, deleted and rolled back to snapshots, in their order, with the names that the log tells. */
export function snapshotSteps({ tasks, lines }: Pick<GuestRecord, 'tasks' | 'lines'>): SnapshotStep[] {
  return tasks.flatMap((task) => toStep(task, lines) ?? []);
}

/** Who may have made the parent what it is; `value` undefined: one that only the server knows. */
interface Parent {
  value: string | null | undefined;
  makers: readonly Task[];
}

function follow(parent: Parent, { task, what, name }: SnapshotStep, found: string | null): Parent {
  const isDeletion = what === 'delsnapshot';
  // The deletion of another snapshot leaves it; that of the parent makes the parent's own parent it.
  if (isDeletion && parent.value !== undefined && (name === null ? parent.value === found : name !== parent.value))
    return parent;
  const isOpen = isDeletion || name === null;
  // Who rolls back to what is the parent already writes it again.
  const mayBeOlder = parent.value === undefined ? isOpen : parent.value === (isOpen ? found : name);
  return { value: isOpen ? undefined : name, makers: [...(mayBeOlder ? parent.makers : []), task] };
}

/** A snapshot becomes the parent, and so does one that was rolled back to; deleting the parent makes its own parent it. */
export function explainParent([, before, after]: Patch[number], record: GuestRecord): Explanation | null {
  const all = snapshotSteps(record);
  const done = all.filter(({ task }) => hasSucceeded(task));
  const steps = done.length > 0 ? done : all;
  if (steps.length === 0) return null;
  const found = typeof after === 'string' ? after : null;
  const start: Parent = { value: typeof before === 'string' ? before : null, makers: [] };
  const parent = steps.reduce((last, step) => follow(last, step, found), start);
  if (parent.value !== undefined && parent.value !== found) return null;
  const maker = parent.makers.at(-1);
  if (maker === undefined) return null;
  if (!isOneActor(parent.makers)) return UNEXPLAINED;
  const explanation = explainByTask(parent.makers[0] ?? maker, 'exact');
  const others = steps.filter(({ what, name }) => what !== 'delsnapshot' && name === found).map(({ task }) => task);
  const isCertain = isOneActor([maker, ...others]) && !parent.makers.some((task) => record.unclear.has(task));
  return isCertain ? explanation : asLikely(explanation);
}

/**
 * Who made, deleted or chained anew one of the snapshots. Writing another description leaves no record.
 * `snapshot.NAME.time` says which: it is new for one that was made, and gone with one that was deleted.
 */
export function explainSnapshot([path, before]: PatchEntry, patch: Patch, record: GuestRecord): Explanation | null {
  const [, name = '', leaf] = path.split('.');
  const time = patch.find(([other]) => other === `snapshot.${name}.time`);
  const restore = record.tasks.findLast(({ native }) => RESTORE.test(native));
  if (time !== undefined) {
    const what = time[2] === null ? 'delsnapshot' : 'snapshot';
    const byTask = explainStep(what, name, record);
    return byTask ?? (time[2] === null && restore !== undefined ? explainByTask(restore, 'likely') : null);
  }
  return leaf === 'parent' && typeof before === 'string' ? explainStep('delsnapshot', before, record) : null;
}

/** Exact when the log names the snapshot beside its task, or the task is the only one of its kind. */
function explainStep(what: SnapshotStep['what'], name: string, record: GuestRecord): Explanation | null {
  const steps = snapshotSteps(record).filter((step) => step.what === what && (step.name ?? name) === name);
  const done = steps.filter(({ task }) => hasSucceeded(task));
  const candidates = (done.length > 0 ? done : steps).map(({ task }) => task);
  const last = candidates.at(-1);
  if (last === undefined || !isOneActor(candidates)) return null;
  return explainByTask(last, record.unclear.has(last) ? 'likely' : 'exact');
}
