import type { Document, Value } from '../../../types/document.ts';
import { explainByTask } from '../attribution/explanation.ts';
import { explainByHa } from '../attribution/ha.ts';
import { MIGRATION } from '../attribution/task-types.ts';
import type { Task } from '../records/record.ts';
import { followSettings, type Setting, type Track } from './log-step.ts';
import { afterRecorded, attemptsOf } from './step-records.ts';
import type { StepScene } from './step-scene.ts';

const HA_STATES: Readonly<Record<string, string>> = { hastart: 'started', hastop: 'stopped' };

/** Migrations to another node and on, or back. A task runs on the node that the guest leaves and does not name the other. */
export function nodeTrack(scene: StepScene): Track {
  const { before, after, record, recentTasks, isHaManaged } = scene;
  const [start, end] = [textAt(before.document, 'node'), textAt(after.document, 'node')];
  const tracks = attemptsOf(record, ({ native }) => MIGRATION.test(native)).map((tasks) => {
    const settings = tasks.map((task, index): Setting => {
      const byHa = explainByHa(task, { migration: true }, recentTasks, isHaManaged);
      return { explanation: byHa ?? explainByTask(task, 'exact'), fields: { node: tasks[index + 1]?.place ?? end } };
    });
    return track('node', scene, tasks[0]?.place === start ? settings : []);
  });
  return tracks.find(({ steps }) => steps.length > 0) ?? { paths: ['node'], steps: [] };
}

/** States that were asked of HA one after the other. */
export function haTrack(scene: StepScene): Track {
  const tasks = afterRecorded(
    scene.record.done.filter(({ native }) => HA_STATES[native] !== undefined),
    scene.record,
  );
  const isWatched = [scene.before, scene.after].every(({ document }) => document['ha.state'] !== undefined);
  const settings = tasks.map((task: Task): Setting => {
    return { explanation: explainByTask(task, 'exact'), fields: { 'ha.state': HA_STATES[task.native] ?? null } };
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
