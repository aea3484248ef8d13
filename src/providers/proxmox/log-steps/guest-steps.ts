import type { PlannedChange } from '../../../types/history.ts';
import type { StepContext } from '../../../types/run-facts.ts';
import { explainByTask } from '../attribution/explanation.ts';
import { ROLLBACK } from '../attribution/task-types.ts';
import { joinSteps, type Subject, toRow } from './join-steps.ts';
import type { Track } from './log-step.ts';
import { parentTrack } from './parent-steps.ts';
import { haTrack, nodeTrack } from './place-steps.ts';
import { powerTrack } from './power-steps.ts';
import { type PowerTurn, powerTurns } from './power-timeline.ts';
import type { StepRecords } from './step-records.ts';
import { reachesBack, type SeenGuest, type StepScene, sceneOf, windowOf } from './step-scene.ts';
import { valueTracks } from './value-steps.ts';

interface Turned {
  scene: StepScene;
  /** null: not known. */
  turns: readonly PowerTurn[] | null;
}

function configTracks(guest: SeenGuest, { scene, turns }: Turned, records: StepRecords, context: StepContext): Track[] {
  if (!reachesBack(windowOf(guest, 'config', context), context)) return [];
  const values = guest.known.kind === 'qemu' ? valueTracks(scene, turns, records.isChecked) : [];
  return [parentTrack(scene), ...values];
}

/** Rollbacks beside the one that the net change tells of: each has brought back what was in between. */
function earlierRollbacks(rows: readonly PlannedChange[], { record }: StepScene, subject: Subject): PlannedChange[] {
  const refs = new Set(rows.map(({ attribution }) => attribution.ref));
  const rollbacks = record.done.filter((task) => ROLLBACK.test(task.native) && !record.isRecorded(task));
  if (rollbacks.length < 2 || !rollbacks.some(({ ref }) => refs.has(ref))) return [];
  return rollbacks.filter(({ ref }) => !refs.has(ref)).map((task) => toRow(subject, explainByTask(task, 'exact'), []));
}

/** The rows of one guest, with what its tasks and lines tell beyond the two observations. */
export function withGuestSteps(
  rows: readonly PlannedChange[],
  guest: SeenGuest,
  records: StepRecords,
  context: StepContext,
): readonly PlannedChange[] {
  const sceneFor = (section: 'power' | 'config' | 'placement' | 'ha') => sceneOf(guest, section, records, context);
  const isLive = guest.seen.powerSource === 'live' && guest.seen.powerDoubt !== 'all';
  const [power, config, place, ha] = [
    isLive ? sceneFor('power') : null,
    sceneFor('config'),
    sceneFor('placement'),
    sceneFor('ha'),
  ];
  // A partial read reads a guest's power state only if its row or its tasks changed.
  const turnScene = power ?? (context.seen.partialRead === undefined ? null : config);
  const turns = turnScene === null ? null : powerTurns(turnScene);
  const tracks = [
    ...(power === null ? [] : [powerTrack(power, turns)]),
    ...(place === null ? [] : [nodeTrack(place)]),
    ...(ha === null ? [] : [haTrack(ha)]),
    ...(config === null ? [] : configTracks(guest, { scene: config, turns }, records, context)),
  ];
  // The sections may have been read last in different runs: a step lies after the earlier of them at least.
  const windows = (['power', 'config'] as const).map((section) => windowOf(guest, section, context).getTime());
  const subject = { resourceId: guest.known.id, notBefore: new Date(Math.min(...windows)) };
  const joined = joinSteps(rows, tracks, subject);
  const more = config === null ? [] : earlierRollbacks(joined, config, subject);
  const isObserved = ({ event }: PlannedChange): boolean => event === 'observed';
  return [...joined.filter(isObserved), ...more, ...joined.filter((row) => !isObserved(row))];
}
