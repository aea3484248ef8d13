import type { PveNodeStorage } from '../../../api/pve-types.ts';
import type { Action, ActionSubject, Check, PlannedCall, Risk } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import { attempt } from '../../scope-reports.ts';
import { parseSizeBytes } from '../property-string.ts';
import { commonChecks } from './checks.ts';
import { textAt } from './config-changes.ts';
import { bytesText, type Disk, diskAt, diskKeys, sizeText } from './disk.ts';
import { call, type Draft, NO_CALLS, type PlanContext, pathOf, type VerbPlanner } from './planner.ts';
import type { LiveGuest, Scene, SceneReader } from './scene.ts';

type ResizeAction = Extract<Action, { verb: 'resize-disk' }>;

interface ResizeFacts {
  storage: PveNodeStorage | null;
  hasSnapshots: boolean;
}

export const resizeDisk: VerbPlanner<ResizeAction, ResizeFacts> = {
  right: 'config',
  read: readFacts,
  plan: planResize,
};

async function readFacts(
  { client, signal }: SceneReader,
  { disk: key }: ResizeAction,
  { subject, guest }: Scene,
): Promise<ResizeFacts> {
  const { kind, node, vmid } = subject;
  const disk = guest === null ? null : diskAt(kind, guest.config, key);
  if (disk?.storage == null) return { storage: null, hasSnapshots: false };
  const [storages, snapshots] = await Promise.all([
    attempt(client.getNodeStorage(node, { signal })),
    kind === 'lxc' && disk.format === 'qcow2' ? client.getSnapshots(kind, node, vmid, { signal }) : [],
  ]);
  const found = storages instanceof AppError ? undefined : storages.find(({ storage }) => storage === disk.storage);
  return { storage: found ?? null, hasSnapshots: snapshots.some(({ isCurrent }) => !isCurrent) };
}

function planResize(
  action: ResizeAction,
  scene: Scene,
  { known, allow, extra }: PlanContext & { extra: ResizeFacts },
): Draft {
  const { subject, guest } = scene;
  const disk = guest === null ? null : diskAt(subject.kind, guest.config, action.disk);
  const needs = [
    { path: `/vms/${subject.vmid}`, anyOf: ['VM.Config.Disk'] },
    ...(disk?.storage == null ? [] : [{ path: `/storage/${disk.storage}`, anyOf: ['Datastore.AllocateSpace'] }]),
  ];
  const checks = commonChecks(scene, { right: 'config', allow, known, needs });
  if (guest === null) return { ...NO_CALLS, checks };
  const bytes = newBytes(action, disk);
  const all = [...checks, ...diskChecks(action, scene, { guest, disk, bytes, extra })];
  if (disk?.sizeBytes == null || bytes === null) return { ...NO_CALLS, checks: all };
  if (bytes === disk.sizeBytes) {
    return { ...NO_CALLS, checks: all, effects: [`${disk.key} has ${sizeText(bytes)} already: nothing is sent`] };
  }
  return {
    checks: all,
    calls: [resizeCall(subject, { guest, disk, bytes })],
    risks: roomRisks(bytes - disk.sizeBytes, extra),
    effects: [`${disk.key}.size: ${sizeText(disk.sizeBytes)} → ${sizeText(bytes)}`],
    storages: disk.storage === null ? [] : [disk.storage],
  };
}

/** null: nobody can tell. Whole KiB, as the server rounds it. Source: pve-storage src/PVE/Storage.pm volume_resize. */
function newBytes({ size }: ResizeAction, disk: Disk | null): number | null {
  const given = parseSizeBytes(size.replace(/^\+/, ''));
  const before = disk?.sizeBytes ?? null;
  if (given === null || before === null) return null;
  return Math.ceil((size.startsWith('+') ? before + given : given) / 1024) * 1024;
}

interface Resized {
  guest: LiveGuest;
  disk: Disk | null;
  bytes: number | null;
  extra: ResizeFacts;
}

/** Source: qemu-server src/PVE/API2/Qemu.pm resize_vm, pve-container src/PVE/API2/LXC.pm resize_vm. */
function diskChecks({ disk: key }: ResizeAction, { subject }: Scene, { guest, disk, bytes, extra }: Resized): Check[] {
  const refuse = (text: string, hint?: string): Check[] => [{ name: 'disk', ok: false, text, ...(hint && { hint }) }];
  if (disk === null || key.startsWith('unused'))
    return refuse(`it has no disk ${key}`, diskKeys(subject.kind, guest.config));
  if (disk.isCdrom) return refuse(`${key} is a CD-ROM`);
  if (disk.volid === null) return refuse(`${key} has no volume: ${disk.value}`);
  if (disk.sizeBytes === null || bytes === null) return refuse(`the configuration does not tell the size of ${key}`);
  if (bytes < disk.sizeBytes)
    return refuse(`${key} has ${sizeText(disk.sizeBytes)}: disks only grow`, `+10G makes it 10 GiB larger`);
  if (extra.hasSnapshots) return refuse(`${key} is a qcow2 file with snapshots`, 'delete the snapshots first');
  const { storage } = extra;
  // A logical volume takes all of its room at once, other volumes as they are written to.
  if (storage?.type === 'lvm' && storage.avail !== undefined && storage.avail < bytes - disk.sizeBytes)
    return [{ name: 'storage', ok: false, text: roomText(storage.storage, storage.avail, bytes - disk.sizeBytes) }];
  return [{ name: 'disk', ok: true, text: `${key} has ${sizeText(disk.sizeBytes)}` }];
}

function roomRisks(growth: number, { storage }: ResizeFacts): Risk[] {
  if (storage?.avail === undefined || storage.avail >= growth) return [];
  return [{ kind: 'overcommit', text: roomText(storage.storage, storage.avail, growth) }];
}

function roomText(storage: string, avail: number, growth: number): string {
  return `storage ${storage} has ${bytesText(avail)} free, and the disk grows by ${bytesText(growth)}`;
}

/** The size as a whole, so that whatever happens the disk does not grow twice. Up to 7 it has no task. */
function resizeCall(
  subject: ActionSubject,
  { guest, disk, bytes }: { guest: LiveGuest; disk: Disk; bytes: number },
): PlannedCall {
  const size = sizeText(bytes);
  const digest = textAt(guest.config, 'digest');
  const value = disk.value.replace(/(^|,)size=[^,]*/, `$1size=${size}`);
  return call(subject, {
    verb: 'PUT',
    path: pathOf(subject, '/resize'),
    parameters: { disk: disk.key, size, ...(digest !== null && { digest }) },
    words: `resize ${disk.key}`,
    // Source: qemu-server src/PVE/API2/Qemu.pm, pve-container src/PVE/API2/LXC.pm: without `qm` and `vz`.
    task: { types: ['resize'], id: String(subject.vmid) },
    proof: { kind: 'config', values: { [disk.key]: value }, digest: null },
    sets: { [`${disk.key}.size`]: String(bytes) },
  });
}
