import type { Action, Check, Risk } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import { attempt } from '../../scope-reports.ts';
import { ageText, serverNowSeconds } from './ages.ts';
import { commonChecks } from './checks.ts';
import { storagesOf } from './guest-disks.ts';
import { call, type Draft, NO_CALLS, ownTask, type PlanContext, pathOf, type VerbPlanner } from './planner.ts';
import type { LiveGuest, Scene, SceneReader } from './scene.ts';
import { missingSnapshot, readSnapshots, type Snapshot } from './snapshots.ts';

type Rollback = Extract<Action, { verb: 'snapshot-rollback' }>;

interface Extra {
  snapshots: readonly Snapshot[];
  /** Storages of its disks that go back to their newest snapshot only. */
  onlyNewest: readonly string[];
  nowSeconds: number;
}

export const snapshotRollback: VerbPlanner<Rollback, Extra> = {
  right: 'snapshot',
  read: readExtra,
  plan: planRollback,
};

async function readExtra(reader: SceneReader, _: Rollback, scene: Scene): Promise<Extra> {
  const { client, signal } = reader;
  const nowSeconds = serverNowSeconds(client);
  if (scene.guest === null) return { snapshots: [], onlyNewest: [], nowSeconds };
  const [snapshots, storages] = await Promise.all([
    readSnapshots(reader, scene),
    attempt(client.getNodeStorage(scene.subject.node, { signal })),
  ]);
  const own = storagesOf(scene.subject.kind, scene.guest.config);
  // Source: pve-storage src/PVE/Storage/ZFSPoolPlugin.pm, volume_rollback_is_possible.
  const zfs = storages instanceof AppError ? [] : storages.filter(({ type }) => type === 'zfspool' || type === 'zfs');
  return { snapshots, onlyNewest: own.filter((name) => zfs.some(({ storage }) => storage === name)), nowSeconds };
}

function planRollback(action: Rollback, scene: Scene, { known, allow, extra }: PlanContext & { extra: Extra }): Draft {
  const { subject, guest } = scene;
  const needs = [{ path: `/vms/${subject.vmid}`, anyOf: ['VM.Snapshot', 'VM.Snapshot.Rollback'] }];
  const common = commonChecks(scene, { right: 'snapshot', allow, known, needs });
  if (guest === null) return { ...NO_CALLS, checks: common };
  const target = extra.snapshots.find(({ name }) => name === action.name);
  if (target === undefined) return { ...NO_CALLS, checks: [...common, missingSnapshot(action.name, extra.snapshots)] };
  const { name, hasMemory } = target;
  return {
    checks: [...common, ...rollbackChecks(target, guest, extra)],
    calls: [
      call(subject, {
        verb: 'POST',
        path: pathOf(subject, `/snapshot/${name}/rollback`),
        parameters: action.start && !hasMemory ? { start: '1' } : {},
        words: `roll back to ${name}`,
        task: ownTask(subject, 'rollback'),
      }),
    ],
    risks: risksOf(target, guest, extra.nowSeconds),
    effects: [`disks and configuration as in ${name}`, `${stateOf(guest)} → ${stateAfter(action, target, guest)}`],
    storages: storagesOf(subject.kind, guest.config),
  };
}

function stateOf({ isRunning }: LiveGuest): string {
  return isRunning ? 'running' : 'stopped';
}

/** Source: qemu-server src/PVE/API2/Qemu.pm, rollback: a VM whose memory was saved is started, others where `start` says so. */
function stateAfter({ start }: Rollback, { hasMemory }: Snapshot, { ha }: LiveGuest): string {
  if (hasMemory) return 'running, with the memory of then';
  if (start) return 'running, started';
  return ha !== null && (ha.state ?? 'started') === 'started' ? 'stopped; HA starts it' : 'stopped';
}

function rollbackChecks(
  { name, takenAt }: Snapshot,
  { isTemplate }: LiveGuest,
  { snapshots, onlyNewest, nowSeconds }: Extra,
): Check[] {
  if (isTemplate) return [{ name: 'template', ok: false, text: 'it is a template, which does not change' }];
  const later = snapshots.filter((one) => one.takenAt > takenAt).map((one) => one.name);
  if (onlyNewest.length > 0 && later.length > 0) {
    const text = `${name} is not its newest snapshot, and ${onlyNewest.join(', ')} goes back to that only`;
    return [{ name: 'snapshot', ok: false, text, hint: `delete the later ones: ${later.join(', ')}` }];
  }
  return [{ name: 'snapshot', ok: true, text: `${name} was taken ${ageText(takenAt, nowSeconds)} ago` }];
}

function risksOf({ takenAt }: Snapshot, { isRunning }: LiveGuest, nowSeconds: number): Risk[] {
  const lost = `everything since then is lost: ${ageText(takenAt, nowSeconds)} of changes`;
  return [
    { kind: 'loses-data', text: lost },
    ...(isRunning ? [{ kind: 'hard-stop', text: 'cuts the power of a running guest' }] : []),
  ];
}
