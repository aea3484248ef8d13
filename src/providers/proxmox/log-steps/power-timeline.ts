import type { Document } from '../../../types/document.ts';
import { mayBeDaemon } from '../attribution/power-tasks.ts';
import { snapshotSteps } from '../attribution/snapshot-tasks.ts';
import { MIGRATION } from '../attribution/task-types.ts';
import type { Task } from '../records/record.ts';
import { attemptsOf } from './step-records.ts';
import type { StepScene } from './step-scene.ts';

/** `saved`: suspended to disk. */
export type Power = 'running' | 'stopped' | 'paused' | 'saved';

/** A task that ended in a power state; one task may lead through two. */
export interface PowerTurn {
  task: Task;
  power: Power;
}

const POWER_TASK = /^(?:qm|vz)(start|stop|shutdown|reboot|rollback|restore)$|^qm(pause|resume|suspend)$/;
/** After these a guest may be in any state. */
const LEADS_ANYWHERE = /^(?:qm|vz)(?:create|destroy)$|^vz(?:suspend|resume)$/;
/** Source: qemu-server src/PVE/CLI/qm.pm cleanup: root@pam starts a machine again that a reboot has shut down. */
const RESTART_MS = 60_000;

type Transitions = Partial<Record<Power, readonly Power[]>>;

const NEXT: Readonly<Record<string, Transitions>> = {
  start: { stopped: ['running'], saved: ['running'] },
  // A stop of a stopped guest ends well.
  stop: { running: ['stopped'], paused: ['stopped'], stopped: ['stopped'] },
  shutdown: { running: ['stopped'], paused: ['stopped'], stopped: ['stopped'] },
  reboot: { running: ['stopped', 'running'] },
  pause: { running: ['paused'], paused: ['paused'] },
  resume: { paused: ['running'], running: ['running'], saved: ['running'] },
  suspend: { running: ['saved'], paused: ['saved'] },
  // Refused while the guest runs. Source: qemu-server src/PVE/API2/Qemu.pm create_vm.
  restore: { stopped: ['stopped'] },
};
const TO_STOPPED: Transitions = { running: ['stopped'], paused: ['stopped'], stopped: ['stopped'] };
const TO_RUNNING: Transitions = { running: ['running'], paused: ['running'], stopped: ['running'] };

function verbOf({ native }: Task): string {
  const [, verb, ofVm] = POWER_TASK.exec(native) ?? [];
  return verb ?? ofVm ?? '';
}

export function powerOf({ status, qmpstatus }: Document): Power | null {
  if (status === 'running' || status === 'stopped') return qmpstatus === undefined ? status : null;
  if (status !== 'suspended') return null;
  if (qmpstatus === undefined) return 'saved';
  return qmpstatus === 'paused' ? 'paused' : null;
}

/** Tasks that another one brings along: a migration starts the guest on its target, and a reboot starts it again. */
function isPartOfAnother(task: Task, all: readonly Task[]): boolean {
  if (!mayBeDaemon(task) || !/^qm(?:start|resume)$/.test(task.native)) return false;
  const startedMs = task.at.getTime();
  return all.some((other) => {
    const isReboot = other.native === 'qmreboot';
    if (!MIGRATION.test(other.native) && !isReboot) return false;
    const endMs = (other.endedAt ?? other.at).getTime() + (isReboot ? RESTART_MS : 0);
    return startedMs >= other.at.getTime() && startedMs <= endMs;
  });
}

/** Where rollbacks lead: to the memory that the snapshot has, or to a stop. By their UPIDs; what is not known is not there. */
function rollbackTurns({ before, record }: StepScene, states: ReadonlyMap<string, Power>): Map<string, Transitions> {
  const turns = new Map<string, Transitions>();
  const ram = new Map<string, boolean>();
  for (const path of Object.keys(before.document)) {
    const name = /^snapshot\.([^.]+)\.time$/.exec(path)?.[1];
    if (name !== undefined) ram.set(name, before.document[`snapshot.${name}.ram`] === 1);
  }
  for (const { task, what, name } of snapshotSteps({ tasks: record.done, lines: record.allLines })) {
    if (before.kind === 'lxc' && what === 'rollback') turns.set(task.ref, TO_STOPPED);
    if (name === null) continue;
    // One that was taken of a running machine may have its memory.
    if (what === 'snapshot' && states.get(task.ref) === 'stopped') ram.set(name, false);
    else if (what !== 'rollback') ram.delete(name);
    const hasRam = ram.get(name);
    if (what === 'rollback' && hasRam !== undefined) turns.set(task.ref, hasRam ? TO_RUNNING : TO_STOPPED);
  }
  return turns;
}

/** null: a task could not have ended well from the state that the ones before it made, so something else happened in between. */
function walk(tasks: readonly Task[], start: Power, scene: StepScene): PowerTurn[] | null {
  let power = start;
  const turns: PowerTurn[] = [];
  const states = new Map<string, Power>();
  for (const task of tasks) {
    states.set(task.ref, power);
    if (task.native.endsWith('snapshot')) continue;
    const verb = verbOf(task);
    const transitions = verb === 'rollback' ? rollbackTurns(scene, states).get(task.ref) : NEXT[verb];
    const next = transitions?.[power];
    if (next === undefined) return null;
    for (const one of next) {
      turns.push({ task, power: one });
      power = one;
    }
  }
  return turns;
}

/**
 * The power states that the tasks of a window led through, from the one that was known to the one that was observed. null where
 * they do not lead there.
 */
export function powerTurns(scene: StepScene): PowerTurn[] | null {
  const { before, after, record } = scene;
  const [start, end] = [powerOf(before.document), powerOf(after.document)];
  const all = [...record.done, ...record.running];
  const isUntold = [...all, ...record.broken].some(({ native }) => LEADS_ANYWHERE.test(native));
  const mayHaveWorked = record.broken.some((task) => task.outcome === 'unknown' && POWER_TASK.test(task.native));
  const hasFailedRestore = record.broken.some(({ native }) => native.endsWith('restore'));
  if (start === null || end === null || isUntold || mayHaveWorked || hasFailedRestore) return null;
  const isOwn = (task: Task): boolean =>
    (POWER_TASK.test(task.native) || task.native.endsWith('snapshot')) && !isPartOfAnother(task, all);
  for (const tasks of attemptsOf(record, isOwn)) {
    const turns = walk(tasks, start, scene);
    if (turns !== null && (turns.at(-1)?.power ?? start) === end) return turns;
  }
  return null;
}
