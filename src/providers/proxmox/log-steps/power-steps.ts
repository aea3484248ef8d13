import type { Explanation } from '../../explanation.ts';
import { explainByTask } from '../attribution/explanation.ts';
import { explainByHa } from '../attribution/ha.ts';
import { type Fields, followSettings, type Track } from './log-step.ts';
import { type Power, type PowerTurn, powerOf } from './power-timeline.ts';
import type { StepScene } from './step-scene.ts';

const PATHS = ['qmpstatus', 'status'];

function fieldsOf(power: Power): Fields {
  if (power === 'paused') return { status: 'suspended', qmpstatus: 'paused' };
  return { status: power === 'saved' ? 'suspended' : power, qmpstatus: null };
}

export function explainTurn({ task, power }: PowerTurn, { recentTasks, isHaManaged }: StepScene): Explanation {
  return explainByHa(task, { state: power }, recentTasks, isHaManaged) ?? explainByTask(task, 'exact');
}

/** A restart, or any other power states that a guest had between the one that was known and the one that was seen. */
export function powerTrack(scene: StepScene, turns: readonly PowerTurn[] | null): Track {
  const [start, end] = [powerOf(scene.before.document), powerOf(scene.after.document)];
  if (turns === null || start === null || end === null) return { paths: PATHS, steps: [] };
  const settings = turns.map((turn) => ({ explanation: explainTurn(turn, scene), fields: fieldsOf(turn.power) }));
  return { paths: PATHS, steps: followSettings(fieldsOf(start), settings, fieldsOf(end)) };
}
