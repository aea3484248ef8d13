import type { Document } from '../../../types/document.ts';
import { explainByTask } from '../attribution/explanation.ts';
import { type SnapshotStep, snapshotSteps } from '../attribution/snapshot-tasks.ts';
import { RESTORE, SNAPSHOT_TASK } from '../attribution/task-types.ts';
import { followSettings, type Setting, type Track } from './log-step.ts';
import { attemptsOf } from './step-records.ts';
import type { StepScene } from './step-scene.ts';

/** The parent of each snapshot; undefined: not known. */
type Parents = Map<string, string | null>;

function knownParents(document: Document): Parents {
  const parents: Parents = new Map();
  for (const path of Object.keys(document)) {
    const name = /^snapshot\.([^.]+)\.time$/.exec(path)?.[1];
    if (name === undefined) continue;
    const parent = document[`snapshot.${name}.parent`];
    parents.set(name, typeof parent === 'string' ? parent : null);
  }
  return parents;
}

/** The parent after a step; undefined: that cannot be told. */
function parentAfter({ what, name }: SnapshotStep, parent: string | null, parents: Parents): string | null | undefined {
  if (name === null) return undefined;
  if (what === 'rollback') return name;
  if (what === 'snapshot') {
    parents.set(name, parent);
    return name;
  }
  const own = parents.get(name);
  parents.delete(name);
  if (name === parent) return own;
  for (const [other, above] of parents) if (above === name && own !== undefined) parents.set(other, own);
  return parent;
}

/** Snapshots that were taken, deleted and rolled back to, by the parent that the configuration had in between. */
export function parentTrack({ before, after, record }: StepScene): Track {
  const paths = ['parent'];
  const none = { paths, steps: [] };
  const isUntold = [...record.done, ...record.broken].some(({ native, outcome }) => {
    return RESTORE.test(native) || (outcome === 'unknown' && SNAPSHOT_TASK.test(native));
  });
  const { parent: known = null } = before.document;
  const { parent: observed = null } = after.document;
  if (isUntold || (known !== null && typeof known !== 'string')) return none;
  for (const tasks of attemptsOf(record, ({ native }) => SNAPSHOT_TASK.test(native))) {
    const settings = settingsOf(snapshotSteps({ tasks, lines: record.allLines }), before.document, known);
    const steps = followSettings({ parent: known }, settings, { parent: observed });
    if (steps.length > 0) return { paths, steps };
  }
  return none;
}

/** Empty where one of the steps cannot be told. */
function settingsOf(steps: readonly SnapshotStep[], before: Document, known: string | null): Setting[] {
  const parents = knownParents(before);
  const settings: Setting[] = [];
  let parent: string | null = known;
  for (const step of steps) {
    const next = parentAfter(step, parent, parents);
    if (next === undefined) return [];
    settings.push({ explanation: explainByTask(step.task, 'exact'), fields: { parent: next } });
    parent = next;
  }
  return settings;
}
