import type { Document, Value } from '../../types/document.ts';
import type { Task } from '../../types/task.ts';
import { explainByTask } from '../attribution/explanation.ts';
import { explainByHa } from '../attribution/ha.ts';
import { followSettings, type Setting, type Track } from './log-step.ts';
import { afterRecorded } from './step-records.ts';
import type { StepScene } from './step-scene.ts';

const MIGRATION = /^(?:qmigrate|vzmigrate)$/;
const HA_STATES: Readonly<Record<string, string>> = { hastart: 'started', hastop: 'stopped' };

/** Migrations to another node and on, or back. A task runs on the node that the guest leaves and does not name the other. */
export function nodeTrack(scene: StepScene): Track {
  const { before, after, record, recentTasks, isHaManaged } = scene;
  const tasks = afterRecorded(
    record.done.filter(({ type }) => MIGRATION.test(type)),
    record,
  );
  const end = textAt(after.document, 'node');
  const settings = tasks.map((task, index): Setting => {
    const explanation =
      explainByHa(task, { migration: true }, recentTasks, isHaManaged) ?? explainByTask(task, 'exact');
    return { explanation, fields: { node: tasks[index + 1]?.node ?? end } };
  });
  const leavesItsPlace = tasks.every((task, index) => {
    return task.node === (index === 0 ? textAt(before.document, 'node') : settings[index - 1]?.fields['node']);
  });
  return track('node', scene, leavesItsPlace ? settings : []);
}

/** States that were asked of HA one after the other. */
export function haTrack(scene: StepScene): Track {
  const tasks = afterRecorded(
    scene.record.done.filter(({ type }) => HA_STATES[type] !== undefined),
    scene.record,
  );
  const isWatched = [scene.before, scene.after].every(({ document }) => document['ha.state'] !== undefined);
  const settings = tasks.map((task: Task): Setting => {
    return { explanation: explainByTask(task, 'exact'), fields: { 'ha.state': HA_STATES[task.type] ?? null } };
  });
  return track('ha.state', scene, isWatched ? settings : []);
}

function track(path: string, { before, after }: StepScene, settings: readonly Setting[]): Track {
  const [start, end] = [before, after].map(({ document }) => ({ [path]: document[path] ?? null }));
  return { paths: [path], steps: start && end ? followSettings(start, settings, end) : [] };
}

function textAt(document: Document, path: string): string | null {
  const value: Value | undefined = document[path];
  return typeof value === 'string' ? value : null;
}
