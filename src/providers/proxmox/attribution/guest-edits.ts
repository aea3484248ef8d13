import type { PatchEntry } from '../../../types/document.ts';
import type { UnattributedChange } from '../../../types/evidence.ts';
import type { ChangeEvent, PlannedChange } from '../../../types/history.ts';
import { type Explanation, toPlanned, UNEXPLAINED } from '../../explanation.ts';
import type { Task } from '../records/record.ts';
import { doubtfulTasks, lostVolumes, withDoubtful } from './doubtful-tasks.ts';
import { explainEntry, type Scene } from './guest-entry.ts';
import { explainRewrite, findRewrite } from './rollback.ts';

interface Group {
  explanation: Explanation;
  patch: PatchEntry[];
}

function timeOf({ explanation }: Group): number {
  return explanation.effectiveAt?.getTime() ?? Number.POSITIVE_INFINITY;
}

/** One group per task or line, those whose time is known first and by it; within one the order of the patch. */
function groupByExplanation(scene: Scene): Group[] {
  const groups = new Map<string, Group>();
  const { record, patch } = scene;
  const doubtful = withDoubtful(record, doubtfulTasks(record, lostVolumes(patch)));
  for (const entry of patch) {
    const explanation = explainEntry(entry, scene, doubtful);
    const { actor, token, ref, confidence } = explanation;
    const key = JSON.stringify([actor, token, ref, confidence]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { explanation, patch: [entry] });
    else group.patch.push(entry);
  }
  return [...groups.values()].toSorted((a, b) => (timeOf(a) === timeOf(b) ? 0 : timeOf(a) - timeOf(b)));
}

function eventOf(change: UnattributedChange, rewrite: Task | undefined): ChangeEvent | null {
  if (change.event !== null || rewrite === undefined) return change.event;
  return rewrite.native.endsWith('rollback') ? 'rolled-back' : 'restored';
}

/** Whether a group of fields was changed by what the event of the change is about. */
function isAbout(event: ChangeEvent, { explanation, patch }: Group): boolean {
  if (event === 'migrated') return patch.some(([path]) => path === 'node');
  return explanation.via?.endsWith(event === 'rolled-back' ? 'rollback' : 'restore') === true;
}

/**
 * The group that tells the event of a change; another one where no field was changed by it: an event never goes to who did
 * something else.
 */
function withCarrier(
  event: ChangeEvent,
  groups: Group[],
  rewrite: Explanation | undefined,
): { all: Group[]; carrier: Group } {
  const about = groups.filter((group) => isAbout(event, group));
  const carrier =
    about.find(({ explanation }) => explanation.confidence === 'exact') ??
    about[0] ??
    (rewrite === undefined ? groups.find(({ explanation }) => explanation.confidence === 'none') : undefined);
  if (carrier !== undefined) return { all: groups, carrier };
  const own: Group = { explanation: rewrite ?? UNEXPLAINED, patch: [] };
  return {
    all: [...groups, own].toSorted((a, b) => (timeOf(a) === timeOf(b) ? 0 : timeOf(a) - timeOf(b))),
    carrier: own,
  };
}

/** The rows of a guest that stays: one for each task or line that changed some of its fields. */
export function attributeEdits(change: UnattributedChange, scene: Scene): PlannedChange[] {
  const rewrite = findRewrite(scene.record, scene.guest);
  const groups = groupByExplanation(scene);
  const event = eventOf(change, rewrite);
  const byRewrite = rewrite && explainRewrite(rewrite, scene.record);
  const { all, carrier } = event === null ? { all: groups, carrier: null } : withCarrier(event, groups, byRewrite);
  return all.map((group) =>
    toPlanned({ ...change, patch: group.patch, event: group === carrier ? event : null }, group.explanation),
  );
}
