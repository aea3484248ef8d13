import type { Evidence } from '../../../types/evidence.ts';
import type { GuestIdentity, GuestKind } from '../../../types/guest.ts';
import type { ChangeEvent } from '../../../types/history.ts';
import { type Task, tasksOf } from '../records/record.ts';
import { vmidOf } from '../vmid.ts';
import { EvidenceIndex, type GuestRecord, hasSucceeded, taskEnd } from './guest-evidence.ts';
import { placeTask } from './placement.ts';
import { type ServerWindow, toServerWindow } from './server-window.ts';
import { MAKER } from './task-types.ts';

interface GuestRef {
  kind: GuestKind;
  nativeId: string;
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
export function fitsCreation(task: Task, identity: GuestIdentity | undefined): boolean {
  if (task.native !== 'qmcreate' || identity?.ctime === undefined) return true;
  const createdAtMs = identity.ctime * 1000;
  return createdAtMs >= task.at.getTime() - CTIME_TOLERANCE_MS && createdAtMs <= taskEnd(task) + CTIME_TOLERANCE_MS;
}

/** Whether a task makes a guest of this kind under its own vmid. */
export function isMaker({ kind }: Pick<GuestRef, 'kind'>): (task: Task) => boolean {
  const prefix = prefixOf(kind);
  return ({ native }) => native === `${prefix}create` || native === `${prefix}restore`;
}

/** The task that made the guest which is there at the end of the window, by its own vmid. */
export function findCreation(guest: GuestRef, tasks: readonly Task[]): Task | undefined {
  const destroyed = tasks.findLastIndex((task) => task.native.endsWith('destroy') && hasSucceeded(task));
  const makers = tasks.slice(destroyed + 1).filter(isMaker(guest));
  const done = makers.findLast((task) => hasSucceeded(task) && fitsCreation(task, guest.identity));
  return done ?? makers.findLast((task) => !hasSucceeded(task) && fitsCreation(task, guest.identity));
}

/**
 * Of several the first: it removed the guest that was there when the window began. `hasSuccessor`: another guest has its
 * vmid now, which the last maker has made.
 */
function findDestruction(
  guest: GuestRef,
  { tasks, unclear }: Pick<GuestRecord, 'tasks' | 'unclear'>,
  hasSuccessor = false,
): Task | undefined {
  const destroys = tasks.filter((task) => task.native === `${prefixOf(guest.kind)}destroy` && hasSucceeded(task));
  return destroys.find((task) => {
    if (!unclear.has(task)) return true;
    // It removed the vmid's former guest when the one that was seen was made after it.
    const makers = tasks.slice(tasks.indexOf(task) + 1).filter(({ native }) => MAKER.test(native));
    const own = hasSuccessor ? makers.slice(0, -1) : makers;
    return !own.some((one) => unclear.has(one) && isMaker(guest)(one));
  });
}

function recordOf(guest: GuestRef, window: ObservedWindow, evidence: Evidence): GuestRecord & { server: ServerWindow } {
  const server = toServerWindow(window, evidence);
  const index = new EvidenceIndex({
    ...evidence,
    records: tasksOf(evidence).filter((task) => task.target === guest.nativeId),
  });
  return { server, ...index.within(vmidOf(guest), server) };
}

/** The task that removed the guest which was there when the window began: positive evidence of a removal. */
export function destroyTask(guest: GuestRef, window: ObservedWindow, evidence: Evidence): Task | null {
  const { server, tasks, unclear } = recordOf(guest, window, evidence);
  const recent = tasks.filter((task) => taskEnd(task) + 1_000 > server.from);
  return findDestruction(guest, { tasks: recent, unclear }) ?? null;
}

function findClone(guest: GuestRef, window: ServerWindow, evidence: Evidence): Task | null {
  const type = `${prefixOf(guest.kind)}clone`;
  const candidates = tasksOf(evidence).filter((task) => {
    if (task.native !== type || !hasSucceeded(task)) return false;
    if (placeTask(task, window, evidence) === 'outside') return false;
    const sources = evidence.sources.filter((source) => String(source.vmid) === task.target);
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
  const { server, unclear } = record;
  // What an earlier run has read in the second in which it saw the guest had most probably made the guest that it saw.
  const tasks = record.tasks.filter((task) => !(unclear.has(task) && evidence.earlier?.refs.has(task.ref)));
  const prefix = prefixOf(guest.kind);
  const last = (type: string) => tasks.findLast((task) => task.native === type && hasSucceeded(task)) ?? null;
  return {
    created: last(`${prefix}create`),
    destroyed: findDestruction(guest, { tasks, unclear }) ?? null,
    restored: last(`${prefix}restore`),
    rolledBack: last(`${prefix}rollback`),
    cloned: findClone(guest, server, evidence),
  };
}

/** The removal of a guest, from the tasks of its vmid within the window. */
export function findRemoval(guest: GuestRef, record: GuestRecord, event: ChangeEvent | null): Task | undefined {
  const destroyed = findDestruction(guest, record, event === 'replaced');
  if (destroyed !== undefined) return destroyed;
  const { tasks } = record;
  if (event === 'moved-cluster')
    return tasks.findLast((task) => task.native === (guest.kind === 'qemu' ? 'qmigrate' : 'vzmigrate'));
  // The configuration goes before the task ends.
  return tasks.findLast((task) => task.native === `${prefixOf(guest.kind)}destroy` && task.outcome === 'running');
}
