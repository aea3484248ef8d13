import type { Action, ActionSubject, Check, PlannedCall } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import { attempt } from '../../scope-reports.ts';
import { commonChecks } from './checks.ts';
import { call, type Draft, NO_CALLS, ownTask, type PlanContext, pathOf, type VerbPlanner } from './planner.ts';
import type { LiveGuest, Scene, SceneReader } from './scene.ts';
import { deletion, isPinned, outlived, readSnapshots, type Selection, type Snapshot } from './snapshots.ts';

type SnapshotCreate = Extract<Action, { verb: 'snapshot-create' }>;

interface Extra {
  snapshots: readonly Snapshot[];
  /** Whether all its volumes can; null: the server does not say. */
  canSnapshot: boolean | null;
}

export const snapshotCreate: VerbPlanner<SnapshotCreate, Extra> = {
  right: 'snapshot',
  read: readExtra,
  plan: planCreate,
};

async function readExtra(reader: SceneReader, _: SnapshotCreate, scene: Scene): Promise<Extra> {
  const { client, signal } = reader;
  if (scene.guest === null) return { snapshots: [], canSnapshot: null };
  const [snapshots, can] = await Promise.all([
    readSnapshots(reader, scene),
    attempt(client.plans.hasFeature(scene.subject, 'snapshot', { signal })),
  ]);
  return { snapshots, canSnapshot: can instanceof AppError ? null : can };
}

function planCreate(
  action: SnapshotCreate,
  scene: Scene,
  { known, allow, extra }: PlanContext & { extra: Extra },
): Draft {
  const { subject, guest } = scene;
  const needs = [{ path: `/vms/${subject.vmid}`, anyOf: ['VM.Snapshot'] }];
  const checks = commonChecks(scene, { right: 'snapshot', allow, known, needs });
  if (guest === null) return { ...NO_CALLS, checks };
  const old = action.keep === null ? [] : outlived(extra.snapshots, toSelection(action, action.keep));
  const savesMemory = action.withMemory && guest.isRunning;
  const paused = { kind: 'memory', text: 'the guest may stand still while its memory is saved' };
  return {
    checks: [...checks, ...createChecks(action, subject, { guest, ...extra })],
    calls: [creation(action, subject, savesMemory), ...old.map((one) => deletion(subject, one))],
    risks: [
      ...(savesMemory ? [paused] : []),
      ...old.map(({ name }) => ({ kind: `deletes-snapshot ${name}`, text: `deletes the snapshot ${name}` })),
    ],
    effects: [
      `a new snapshot ${action.name}${savesMemory ? ', with its memory' : ''}`,
      ...(action.withMemory && !savesMemory ? ['it does not run: there is no memory to save'] : []),
    ],
  };
}

/** The new one counts, unless its name is of those that never count. */
function toSelection({ name, among }: SnapshotCreate, keep: number): Selection {
  return { name: among, before: null, keep: isPinned(name) ? keep : keep - 1 };
}

function createChecks(
  { name, withMemory }: SnapshotCreate,
  { kind }: ActionSubject,
  { guest, snapshots, canSnapshot }: Extra & { guest: LiveGuest },
): Check[] {
  // Source: pve-guest-common src/PVE/AbstractConfig.pm, __snapshot_prepare.
  if (guest.isTemplate) return [{ name: 'template', ok: false, text: 'it is a template, which has no snapshots' }];
  if (kind === 'lxc' && withMemory) {
    const text = 'the memory of a container cannot be saved';
    return [{ name: 'snapshot', ok: false, text, hint: 'leave out --with-memory' }];
  }
  if (snapshots.some((one) => one.name === name)) {
    const hint = 'choose another name, or one with a date: --name daily-{date}';
    return [{ name: 'snapshot', ok: false, text: `it has a snapshot ${name}`, hint }];
  }
  if (canSnapshot === false) {
    const text = 'one of its disks is on a storage, or of a format, that has no snapshots';
    return [{ name: 'storage', ok: false, text, hint: 'move it to another storage, or leave it out of snapshots' }];
  }
  return [
    { name: 'snapshot', ok: true, text: `the name ${name} is free` },
    ...(canSnapshot === null ? [] : [{ name: 'storage' as const, ok: true, text: 'its disks can have snapshots' }]),
  ];
}

function creation({ name, description }: SnapshotCreate, subject: ActionSubject, savesMemory: boolean): PlannedCall {
  return call(subject, {
    verb: 'POST',
    path: pathOf(subject, '/snapshot'),
    parameters: {
      snapname: name,
      ...(description !== null && { description }),
      ...(savesMemory && { vmstate: '1' }),
    },
    words: `snapshot ${name}`,
    task: ownTask(subject, 'snapshot'),
    proof: { kind: 'snapshot', name, isThere: true },
    sets: description === null ? {} : { [`snapshot.${name}.description`]: description },
  });
}
