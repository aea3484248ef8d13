import type { Explanation } from '../../explanation.ts';
import { taskEnd } from '../attribution/guest-evidence.ts';
import { snapshotSteps } from '../attribution/snapshot-tasks.ts';
import type { LogEntry, Task } from '../records/record.ts';
import { explainTurn } from './power-steps.ts';
import { type Power, type PowerTurn, powerOf } from './power-timeline.ts';
import { afterRecorded } from './step-records.ts';
import type { StepScene } from './step-scene.ts';

/** What may have changed the configuration of a machine, or made a change that waited take effect. */
export type ConfigEvent = { atMs: number } & (
  | { kind: 'line'; line: LogEntry; power: Power | null }
  | { kind: 'applied'; explanation: Explanation }
  | { kind: 'snapshot'; name: string }
  | { kind: 'rollback'; name: string | null; task: Task }
);

const STARTS_OR_STOPS = /^qm(?:start|stop|shutdown|reboot|suspend|resume|pause|rollback|restore|igrate)$|^vzdump$/;

/** The state in which the machine was at a time; null while a task was at it, or when that is not known. */
function powerAt(line: LogEntry, turns: readonly PowerTurn[] | null, { before, record }: StepScene): Power | null {
  const ms = line.at.getTime();
  const all = [...record.done, ...record.running, ...record.broken];
  const isBusy = all.some((task) => {
    return STARTS_OR_STOPS.test(task.native) && ms >= task.at.getTime() && ms <= taskEnd(task);
  });
  if (turns === null || isBusy) return null;
  return turns.findLast(({ task }) => taskEnd(task) < ms)?.power ?? powerOf(before.document);
}

/** Oldest first. `lines`: those about one key. */
export function configEvents(
  lines: readonly LogEntry[],
  turns: readonly PowerTurn[] | null,
  scene: StepScene,
): ConfigEvent[] {
  const { record } = scene;
  const edits = lines.map((line): ConfigEvent => {
    return { kind: 'line', atMs: line.at.getTime(), line, power: powerAt(line, turns, scene) };
  });
  const applied = (turns ?? []).flatMap((turn): ConfigEvent[] => {
    const isApplying = turn.power === 'stopped' || turn.power === 'running';
    const explanation = explainTurn(turn, scene);
    return isApplying ? [{ kind: 'applied', atMs: taskEnd(turn.task), explanation }] : [];
  });
  const snapshots = snapshotSteps({ tasks: afterRecorded(record.done, record), lines: record.allLines }).flatMap(
    ({ task, what, name }): ConfigEvent[] => {
      if (what === 'rollback') return [{ kind: 'rollback', atMs: taskEnd(task), name, task }];
      return what === 'snapshot' && name !== null ? [{ kind: 'snapshot', atMs: task.at.getTime(), name }] : [];
    },
  );
  return [...edits, ...snapshots, ...applied].toSorted((a, b) => a.atMs - b.atMs);
}
