import type { GuestIdentity, GuestKind } from '../../types/guest.ts';
import type { Task } from '../../types/task.ts';
import type { Evidence } from './evidence.ts';
import {
  EvidenceIndex,
  endsInside,
  hasSucceeded,
  type ServerWindow,
  taskEnd,
  toServerWindow,
} from './guest-evidence.ts';

interface GuestRef {
  kind: GuestKind;
  vmid: number;
  identity?: GuestIdentity;
}

interface ObservedWindow {
  notBefore: Date | null;
  notAfter: Date;
}

/** What happened to a vmid within a window; each the last of its kind that ended well, by its end. */
export interface Lifecycle {
  created: Task | null;
  /** Of several the one that removed the guest which was there when the window began. */
  destroyed: Task | null;
  restored: Task | null;
  rolledBack: Task | null;
  /** A clone that may have made this guest: its task names the source. Needs the identity, or a single candidate. */
  cloned: Task | null;
}

/** `meta: ctime` is the node's clock while the task ran. */
const CTIME_TOLERANCE_MS = 5_000;

function prefixOf(kind: GuestKind): 'qm' | 'vz' {
  return kind === 'qemu' ? 'qm' : 'vz';
}

/** A VM's creation time must fall into the task that is said to have created it; a restored one keeps the original's. */
function fitsCreation(task: Task, identity: GuestIdentity | undefined): boolean {
  if (task.type !== 'qmcreate' || identity?.ctime === undefined) return true;
  const createdAtMs = identity.ctime * 1000;
  return (
    createdAtMs >= task.startedAt.getTime() - CTIME_TOLERANCE_MS && createdAtMs <= taskEnd(task) + CTIME_TOLERANCE_MS
  );
}

/** The task that made the guest which is there at the end of the window, by its own vmid. */
export function findCreation(guest: GuestRef, tasks: readonly Task[]): Task | undefined {
  const prefix = prefixOf(guest.kind);
  const destroyed = tasks.findLastIndex((task) => task.type.endsWith('destroy') && hasSucceeded(task));
  const makers = tasks
    .slice(destroyed + 1)
    .filter((task) => task.type === `${prefix}create` || task.type === `${prefix}restore`);
  const done = makers.findLast((task) => hasSucceeded(task) && fitsCreation(task, guest.identity));
  return done ?? makers.findLast((task) => !hasSucceeded(task) && fitsCreation(task, guest.identity));
}

function findDestruction(guest: GuestRef, tasks: readonly Task[], window: ServerWindow): Task | undefined {
  const destroys = tasks.filter((task) => task.type === `${prefixOf(guest.kind)}destroy` && hasSucceeded(task));
  const inside = destroys.find((task) => endsInside(task, window));
  if (inside !== undefined) return inside;
  // Just before the window it may have been the vmid's former guest: not when another was made after it.
  const before = destroys.at(-1);
  if (before === undefined) return undefined;
  const isReused = tasks
    .slice(tasks.indexOf(before) + 1)
    .some((task) => /^(?:qm|vz)(?:create|restore)$/.test(task.type));
  return isReused ? undefined : before;
}

function recordOf(guest: GuestRef, window: ObservedWindow, evidence: Evidence) {
  const id = String(guest.vmid);
  const server = toServerWindow(window, evidence);
  const index = new EvidenceIndex({ tasks: evidence.tasks.filter((task) => task.id === id), log: [] });
  return { server, tasks: index.within(guest.vmid, server).tasks };
}

/** The task that removed the guest which was there when the window began: positive evidence of a removal. */
export function destroyTask(guest: GuestRef, window: ObservedWindow, evidence: Evidence): Task | null {
  const { server, tasks } = recordOf(guest, window, evidence);
  return findDestruction(guest, tasks, server) ?? null;
}

function findClone(guest: GuestRef, window: ServerWindow, evidence: Evidence): Task | null {
  const type = `${prefixOf(guest.kind)}clone`;
  const candidates = evidence.tasks.filter((task) => {
    if (task.type !== type || !hasSucceeded(task)) return false;
    if (taskEnd(task) < window.from || task.startedAt.getTime() > window.to) return false;
    const sources = evidence.sources.filter((source) => String(source.vmid) === task.id);
    const ctime = guest.identity?.ctime;
    return ctime === undefined || sources.length === 0 || sources.some(({ identity }) => identity.ctime === ctime);
  });
  return candidates.length === 1 ? (candidates[0] ?? null) : null;
}

/**
 * What became of a vmid in a window. `destroyed` before `created` (by `endedAt`) says that the vmid was reused.
 * Failed tasks are not counted, running ones neither, nor what ended before the window: the previous run has seen it.
 */
export function lifecycleOf(guest: GuestRef, window: ObservedWindow, evidence: Evidence): Lifecycle {
  const record = recordOf(guest, window, evidence);
  const { server } = record;
  const tasks = record.tasks.filter((task) => endsInside(task, server));
  const prefix = prefixOf(guest.kind);
  const last = (type: string) => tasks.findLast((task) => task.type === type && hasSucceeded(task)) ?? null;
  return {
    created: last(`${prefix}create`),
    destroyed: findDestruction(guest, tasks, server) ?? null,
    restored: last(`${prefix}restore`),
    rolledBack: last(`${prefix}rollback`),
    cloned: findClone(guest, server, evidence),
  };
}

/** The removal of a guest, from the tasks of its vmid within the window. */
export function findRemoval(
  guest: GuestRef,
  tasks: readonly Task[],
  window: ServerWindow,
  isMove: boolean,
): Task | undefined {
  const destroyed = findDestruction(guest, tasks, window);
  if (destroyed !== undefined) return destroyed;
  if (isMove) return tasks.findLast((task) => task.type === (guest.kind === 'qemu' ? 'qmigrate' : 'vzmigrate'));
  // The configuration goes before the task ends.
  return tasks.findLast((task) => task.type === `${prefixOf(guest.kind)}destroy` && task.state === 'running');
}
