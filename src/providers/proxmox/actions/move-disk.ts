import type { PveNodeStorage } from '../../../api/pve-types.ts';
import type { Action, ActionSubject, Check, PlannedCall, Risk } from '../../../types/action.ts';
import { commonChecks } from './checks.ts';
import { textAt } from './config-changes.ts';
import { bytesText, type Disk, diskAt, diskKeys, nextUnused } from './disk.ts';
import { call, type Draft, NO_CALLS, type PlanContext, pathOf, type VerbPlanner } from './planner.ts';
import type { LiveGuest, Scene, SceneReader } from './scene.ts';
import { diskContent, storageCheck } from './storage-check.ts';

type MoveAction = Extract<Action, { verb: 'move-disk' }>;

interface MoveFacts {
  storages: readonly PveNodeStorage[];
  /** Snapshots that the volume is part of. */
  snapshots: readonly string[];
}

export const moveDisk: VerbPlanner<MoveAction, MoveFacts> = {
  right: 'config',
  read: readFacts,
  plan: planMove,
};

async function readFacts(
  { client, signal }: SceneReader,
  { disk: key }: MoveAction,
  { subject, guest }: Scene,
): Promise<MoveFacts> {
  const { kind, node, vmid } = subject;
  const volid = guest === null ? null : (diskAt(kind, guest.config, key)?.volid ?? null);
  if (volid === null) return { storages: [], snapshots: [] };
  const [storages, all] = await Promise.all([
    client.getNodeStorage(node, { signal }),
    client.getSnapshots(kind, node, vmid, { signal }),
  ]);
  const names = all.filter(({ isCurrent }) => !isCurrent).map(({ name }) => name);
  const holding = names.map(async (snapshot) => {
    const config = await client.getGuestConfig({ kind, node, vmid }, { snapshot }, { signal });
    return Object.keys(config).some((one) => diskAt(kind, config, one)?.volid === volid) ? snapshot : [];
  });
  return { storages, snapshots: (await Promise.all(holding)).flat().sort() };
}

function planMove(
  action: MoveAction,
  scene: Scene,
  { known, allow, extra }: PlanContext & { extra: MoveFacts },
): Draft {
  const { subject, guest } = scene;
  const disk = guest === null ? null : diskAt(subject.kind, guest.config, action.disk);
  const needs = [
    { path: `/vms/${subject.vmid}`, anyOf: ['VM.Config.Disk'] },
    { path: `/storage/${action.storage}`, anyOf: ['Datastore.AllocateSpace'] },
  ];
  const checks = commonChecks(scene, { right: 'config', allow, known, needs });
  if (guest === null) return { ...NO_CALLS, checks };
  const own = [...checks, ...diskChecks(action, { subject, guest, disk })];
  if (disk?.storage == null) return { ...NO_CALLS, checks: own };
  if (isThere(action, disk)) {
    return { ...NO_CALLS, checks: own, effects: [`${disk.key} is on ${action.storage} already: nothing is sent`] };
  }
  return {
    checks: [
      ...own,
      ...snapshotChecks(action, extra),
      targetCheck(action, subject, { disk, storages: extra.storages }),
    ],
    calls: [moveCall(action, subject, guest)],
    risks: risksOf(action, { guest, disk, snapshots: extra.snapshots }),
    effects: [
      `${disk.key}: ${disk.storage} → ${action.storage}${action.format === null ? '' : `, as ${action.format}`}`,
      action.deleteSource ? `${disk.volid} is deleted` : `${disk.volid} stays as ${nextUnused(guest.config)}`,
    ],
    storages: [...new Set([disk.storage, action.storage])].sort(),
  };
}

/** Source: qemu-server src/PVE/API2/Qemu.pm move_vm_disk: another format is a reason to move it where it is. */
function isThere({ storage, format }: MoveAction, disk: Disk): boolean {
  return disk.storage === storage && (format === null || disk.format === null || disk.format === format);
}

interface Moved {
  subject: ActionSubject;
  guest: LiveGuest;
  disk: Disk | null;
}

/** Source: qemu-server src/PVE/API2/Qemu.pm move_vm_disk, pve-container src/PVE/API2/LXC.pm move_volume. */
function diskChecks({ disk: key, format }: MoveAction, { subject, guest, disk }: Moved): Check[] {
  const refuse = (text: string, hint?: string): Check[] => [{ name: 'disk', ok: false, text, ...(hint && { hint }) }];
  if (disk === null) return refuse(`it has no disk ${key}`, diskKeys(subject.kind, guest.config));
  if (disk.isCdrom) return refuse(`${key} is a CD-ROM`);
  if (disk.storage === null) return refuse(`${key} has no volume: ${disk.value}`);
  if (subject.kind === 'lxc' && format !== null) return refuse('a volume of a container has no choice of formats');
  if (subject.kind === 'lxc' && guest.isRunning)
    return [
      { name: 'power', ok: false, text: 'it is running, and volumes of containers are moved while they are off' },
    ];
  return [{ name: 'disk', ok: true, text: `${key} is ${disk.volid}` }];
}

function snapshotChecks({ deleteSource, disk }: MoveAction, { snapshots }: MoveFacts): Check[] {
  if (!deleteSource || snapshots.length === 0) return [];
  const hint = 'without --delete-source the old volume stays; or delete the snapshots first';
  return [{ name: 'snapshot', ok: false, text: `${disk} is part of snapshots: ${snapshots.join(', ')}`, hint }];
}

function targetCheck(
  { storage }: MoveAction,
  { kind, node }: ActionSubject,
  { disk, storages }: { disk: Disk; storages: readonly PveNodeStorage[] },
): Check {
  return storageCheck({ storage, node, content: diskContent(kind), bytes: disk.sizeBytes }, storages);
}

function risksOf(
  { deleteSource }: MoveAction,
  { guest, disk, snapshots }: { guest: LiveGuest; disk: Disk; snapshots: readonly string[] },
): Risk[] {
  const size = disk.sizeBytes === null ? 'a disk' : bytesText(disk.sizeBytes);
  const copy = `copies ${size}${guest.isRunning ? ' while it runs' : ''}`;
  return [
    { kind: 'copies-disk', text: copy },
    ...(deleteSource ? [{ kind: 'deletes-volume', text: `deletes the volume ${disk.volid} afterwards` }] : []),
    ...(snapshots.length > 0
      ? [{ kind: 'snapshots-stay', text: `its snapshots stay with the old volume: ${snapshots.join(', ')}` }]
      : []),
  ];
}

function moveCall(
  { disk, storage, deleteSource, format }: MoveAction,
  subject: ActionSubject,
  guest: LiveGuest,
): PlannedCall {
  const isVm = subject.kind === 'qemu';
  const digest = textAt(guest.config, 'digest');
  return call(subject, {
    verb: 'POST',
    path: pathOf(subject, isVm ? '/move_disk' : '/move_volume'),
    parameters: {
      [isVm ? 'disk' : 'volume']: disk,
      storage,
      ...(deleteSource && { delete: '1' }),
      ...(format !== null && { format }),
      ...(digest !== null && { digest }),
    },
    words: `move ${disk} to ${storage}`,
    task: { types: [isVm ? 'qmmove' : 'move_volume'], id: String(subject.vmid) },
  });
}
