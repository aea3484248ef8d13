import type { Action, Check } from '../../../types/action.ts';
import { compileWildcard } from '../../../types/wildcard.ts';
import { ageText, serverNowSeconds } from './ages.ts';
import { commonChecks } from './checks.ts';
import { type Draft, NO_CALLS, type PlanContext, type VerbPlanner } from './planner.ts';
import type { Scene } from './scene.ts';
import { deletion, missingSnapshot, outlived, readSnapshots, type Snapshot } from './snapshots.ts';

type SnapshotDelete = Extract<Action, { verb: 'snapshot-delete' }>;

interface Extra {
  snapshots: readonly Snapshot[];
  nowSeconds: number;
}

export const snapshotDelete: VerbPlanner<SnapshotDelete, Extra> = {
  right: 'snapshot',
  read: async (reader, _, scene) => ({
    snapshots: await readSnapshots(reader, scene),
    nowSeconds: serverNowSeconds(reader.client),
  }),
  plan: planDelete,
};

function planDelete(
  action: SnapshotDelete,
  scene: Scene,
  { known, allow, extra }: PlanContext & { extra: Extra },
): Draft {
  const { subject, guest } = scene;
  const needs = [{ path: `/vms/${subject.vmid}`, anyOf: ['VM.Snapshot'] }];
  const checks = commonChecks(scene, { right: 'snapshot', allow, known, needs });
  if (guest === null) return { ...NO_CALLS, checks };
  const { snapshots, nowSeconds } = extra;
  const chosen = choose(action, snapshots);
  return {
    checks: [...checks, ...chosenCheck(action, chosen, snapshots)],
    calls: chosen.map((one) => deletion(subject, one)),
    risks: chosen.flatMap((one) => [
      {
        kind: `deletes-snapshot ${one.name}`,
        text: `deletes ${one.name}, taken ${ageText(one.takenAt, nowSeconds)} ago`,
      },
    ]),
    effects: chosen.length === 0 ? ['nothing to delete'] : chosen.map((one) => effectOf(one, snapshots)),
  };
}

/** A name alone: that one, also one that nothing else deletes. */
function choose({ name, before, keep }: SnapshotDelete, all: readonly Snapshot[]): readonly Snapshot[] {
  const exact = name === null ? undefined : all.find((one) => one.name === name);
  if (exact !== undefined && before === null && keep === null) return [exact];
  if (name !== null && before === null && keep === null && !isWildcard(name)) return [];
  return outlived(all, { name, before: before === null ? null : Date.parse(before) / 1000, keep: keep ?? 0 });
}

function isWildcard(name: string): boolean {
  return /[*?]/.test(name);
}

function chosenCheck({ name }: SnapshotDelete, chosen: readonly Snapshot[], all: readonly Snapshot[]): Check[] {
  if (name !== null && !all.some((one) => compileWildcard(name)(one.name))) return [missingSnapshot(name, all)];
  return [{ name: 'snapshot', ok: true, text: `${chosen.length} of its ${all.length} snapshots` }];
}

/** Source: pve-guest-common src/PVE/AbstractConfig.pm, snapshot_delete: children get its parent. */
function effectOf({ name, parent }: Snapshot, all: readonly Snapshot[]): string {
  const children = all.filter((one) => one.parent === name).map((one) => one.name);
  if (children.length === 0) return `the snapshot ${name} is gone`;
  return `the snapshot ${name} is gone; ${children.sort().join(', ')} stays, below ${parent ?? 'none'}`;
}
