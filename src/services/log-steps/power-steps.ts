import type { Document } from '../../types/document.ts';
import type { Task } from '../../types/task.ts';
import { type Explanation, explainByTask } from '../attribution/explanation.ts';
import { explainByHa } from '../attribution/ha.ts';
import { type Fields, followSettings, type Setting, type Track } from './log-step.ts';
import { afterRecorded } from './step-records.ts';
import type { StepScene } from './step-scene.ts';

/** `saved`: suspended to disk. */
type Power = 'running' | 'stopped' | 'paused' | 'saved';

const PATHS = ['qmpstatus', 'status'];
const POWER_TASK = /^(?:qm|vz)(start|stop|shutdown|reboot)$|^qm(pause|resume|suspend)$/;
/** After these a guest may be in any state. */
const LEADS_ANYWHERE = /^(?:qm|vz)(?:rollback|restore|create|destroy)$|^vz(?:suspend|resume)$/;
const MIGRATION = /^(?:qm|vz)migrate$|^qmigrate$/;
/** Source: qemu-server src/PVE/CLI/qm.pm cleanup: root@pam starts a machine again that was shut down by a reboot. */
const RESTART_MS = 60_000;

const NEXT: Readonly<Record<string, Partial<Record<Power, readonly Power[]>>>> = {
  start: { stopped: ['running'], saved: ['running'] },
  // A stop of a stopped guest ends well.
  stop: { running: ['stopped'], paused: ['stopped'], stopped: ['stopped'] },
  shutdown: { running: ['stopped'], paused: ['stopped'], stopped: ['stopped'] },
  reboot: { running: ['stopped', 'running'] },
  pause: { running: ['paused'], paused: ['paused'] },
  resume: { paused: ['running'], running: ['running'], saved: ['running'] },
  suspend: { running: ['saved'], paused: ['saved'] },
};

function verbOf({ type }: Task): string {
  const [, verb, ofVm] = POWER_TASK.exec(type) ?? [];
  return verb ?? ofVm ?? '';
}

function powerOf({ status, qmpstatus }: Document): Power | null {
  if (status === 'running' || status === 'stopped') return qmpstatus === undefined ? status : null;
  if (status !== 'suspended') return null;
  if (qmpstatus === undefined) return 'saved';
  return qmpstatus === 'paused' ? 'paused' : null;
}

function fieldsOf(power: Power): Fields {
  if (power === 'paused') return { status: 'suspended', qmpstatus: 'paused' };
  return { status: power === 'saved' ? 'suspended' : power, qmpstatus: null };
}

function isByDaemon({ user, token }: Task): boolean {
  return user === 'root@pam' && token === null;
}

/** Tasks that another one brings along: a migration starts the guest on its target, and a reboot starts it again. */
function isPartOfAnother(task: Task, all: readonly Task[]): boolean {
  if (!isByDaemon(task) || !/^qm(?:start|resume)$/.test(task.type)) return false;
  const startedMs = task.startedAt.getTime();
  return all.some((other) => {
    const graceMs = other.type === 'qmreboot' ? RESTART_MS : 0;
    if (!MIGRATION.test(other.type) && other.type !== 'qmreboot') return false;
    const endMs = (other.endedAt ?? other.startedAt).getTime() + graceMs;
    return startedMs >= other.startedAt.getTime() && startedMs <= endMs;
  });
}

function explain(task: Task, power: Power, { recentTasks, isHaManaged }: StepScene): Explanation {
  return explainByHa(task, { state: power }, recentTasks, isHaManaged) ?? explainByTask(task, 'exact');
}

/** null: a task could not have ended well from the state that the ones before it made, so something else happened in between. */
function settingsOf(tasks: readonly Task[], start: Power, scene: StepScene): Setting[] | null {
  let power = start;
  const settings: Setting[] = [];
  for (const task of tasks) {
    const next = NEXT[verbOf(task)]?.[power];
    if (next === undefined) return null;
    for (const one of next) {
      settings.push({ explanation: explain(task, one, scene), fields: fieldsOf(one) });
      power = one;
    }
  }
  return settings;
}

/** A restart, or any other power states that a guest had between the one that was known and the one that was seen. */
export function powerTrack(scene: StepScene): Track {
  const { before, after, record } = scene;
  const none = { paths: PATHS, steps: [] };
  const [start, end] = [powerOf(before.document), powerOf(after.document)];
  const all = [...record.done, ...record.running];
  const isUntold = [...all, ...record.broken].some(({ type }) => LEADS_ANYWHERE.test(type));
  const mayHaveWorked = record.broken.some((task) => task.state === 'unknown' && POWER_TASK.test(task.type));
  if (start === null || end === null || isUntold || mayHaveWorked) return none;
  const isOwn = (task: Task): boolean => POWER_TASK.test(task.type) && !isPartOfAnother(task, all);
  const done = afterRecorded(record.done.filter(isOwn), record);
  const follow = (tasks: readonly Task[]) =>
    followSettings(fieldsOf(start), settingsOf(tasks, start, scene) ?? [], fieldsOf(end));
  const steps = follow(done);
  if (steps.length > 0) return { paths: PATHS, steps };
  // One that has not ended may have done its work already.
  const [running, ...others] = record.running.filter((task) => isOwn(task) && !record.isRecorded(task));
  return running === undefined || others.length > 0 ? none : { paths: PATHS, steps: follow([...done, running]) };
}
