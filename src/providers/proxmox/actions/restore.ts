import { nodePath } from '../../../api/paths.ts';
import type { PveNodeStorage } from '../../../api/pve-types.ts';
import type { Action, Check, PlannedCall, Risk } from '../../../types/action.ts';
import { ageText, serverNowSeconds } from './ages.ts';
import { type Archive, findArchive } from './archives.ts';
import { commonChecks, type Need } from './checks.ts';
import { diskBytes, storageOf, storagesOf, volumesOf } from './guest-disks.ts';
import { call, type Draft, NO_CALLS, ownTask, type PlanContext, type VerbPlanner } from './planner.ts';
import { archiveCheck, freeVmidCheck, replacingChecks } from './restore-checks.ts';
import type { LiveGuest, Scene, SceneReader } from './scene.ts';
import { diskContent, roomRisks, storageCheck } from './storage-check.ts';

type Restore = Extract<Action, { verb: 'restore' }>;

interface Extra {
  storages: readonly PveNodeStorage[];
  archive: Archive | null;
  /** Of the new vmid; of none true. */
  isFree: boolean;
  nowSeconds: number;
}

export const restore: VerbPlanner<Restore, Extra> = { right: 'backup', read: readExtra, plan: planRestore };

async function readExtra(reader: SceneReader, { volid, vmid }: Restore, { guest, subject }: Scene): Promise<Extra> {
  const { acting, signal } = reader;
  const nowSeconds = serverNowSeconds(acting);
  if (guest === null) return { storages: [], archive: null, isFree: true, nowSeconds };
  const [storages, archive, isFree] = await Promise.all([
    acting.getNodeStorage(subject.node, { signal }),
    findArchive(reader, subject.node, volid),
    vmid === null ? true : acting.isVmidFree(vmid, { signal }),
  ]);
  return { storages, archive, isFree, nowSeconds };
}

function planRestore(action: Restore, scene: Scene, { known, allow, extra }: PlanContext & { extra: Extra }): Draft {
  const { subject, guest } = scene;
  const { vmid, start } = action;
  const right = vmid === null ? 'backup' : 'create';
  const common = commonChecks(scene, { right, allow, known, needs: needsOf(action, scene) });
  if (guest === null) return { ...NO_CALLS, checks: common };
  const storage = targetStorage(action, scene, guest);
  const isThere = archiveCheck(action, subject, extra.archive);
  return {
    checks: [
      ...common,
      ...placeChecks(action, guest, extra),
      isThere,
      ...storageChecks(action, scene, { storage, extra }),
    ],
    calls: [restoreCall(action, scene, storage)],
    risks: [
      ...(vmid === null ? lossRisks(guest, extra) : twinRisks(action, guest)),
      ...(storage === null ? [] : roomRisks(extra.storages, storage, diskBytes(subject.kind, guest.config))),
    ],
    effects: [
      vmid === null ? 'it becomes what it was at the time of the backup' : `a new guest ${vmid}, of the backup`,
      ...(start ? ['started afterwards'] : []),
    ],
    storages: storage === null ? storagesOf(subject.kind, guest.config) : [storage],
    ...(vmid !== null && { lockVmid: vmid }),
  };
}

/** Source: qemu-server src/PVE/API2/Qemu.pm create_vm, pve-container src/PVE/API2/LXC.pm create_vm; pve-storage check_volume_access. */
function needsOf({ volid, vmid, storage }: Restore, { subject }: Scene): Need[] {
  const space = ['Datastore.AllocateSpace', 'Datastore.Allocate'];
  return [
    vmid === null
      ? { path: `/vms/${subject.vmid}`, anyOf: ['VM.Allocate', 'VM.Backup'] }
      : { path: `/vms/${vmid}`, anyOf: ['VM.Allocate'] },
    { path: `/storage/${storageOf(volid)}`, anyOf: space },
    ...(storage === null ? [] : [{ path: `/storage/${storage}`, anyOf: ['Datastore.AllocateSpace'] }]),
  ];
}

/** A container would go to `local`, a VM goes where it was. Source: pve-container src/PVE/API2/LXC.pm, create_vm. */
function targetStorage({ storage }: Restore, { subject }: Scene, { config }: LiveGuest): string | null {
  if (storage !== null || subject.kind === 'qemu') return storage;
  const [root] = volumesOf('lxc', { rootfs: config['rootfs'] ?? '' });
  return root === undefined ? null : storageOf(root);
}

function placeChecks({ vmid }: Restore, guest: LiveGuest, { isFree }: Extra): Check[] {
  return vmid === null ? replacingChecks(guest) : [freeVmidCheck(vmid, isFree)];
}

function storageChecks(
  { volid }: Restore,
  { subject }: Scene,
  { storage, extra }: { storage: string | null; extra: Extra },
): Check[] {
  const { node, kind } = subject;
  const source = storageCheck({ storage: storageOf(volid), node, content: 'backup', bytes: null }, extra.storages);
  const content = diskContent(kind);
  return [
    // A full storage gives its backups all the same.
    ...(source.ok || source.text.endsWith(' is full') ? [] : [source]),
    ...(storage === null ? [] : [storageCheck({ storage, node, content, bytes: null }, extra.storages)]),
  ];
}

function lossRisks({ config }: LiveGuest, { archive, nowSeconds }: Extra): Risk[] {
  const madeAt = archive?.madeAt ?? null;
  const age = madeAt === null ? 'of unknown age' : `${ageText(madeAt, nowSeconds)} old`;
  return [
    { kind: 'loses-data', text: `its disks and configuration are replaced; the backup is ${age}` },
    ...(config['parent'] === undefined ? [] : [{ kind: 'loses-snapshots', text: 'its snapshots are deleted' }]),
  ];
}

function twinRisks({ unique, start }: Restore, { isRunning }: LiveGuest): Risk[] {
  if (unique) return [];
  const text = 'it has the MAC addresses of the guest of the backup: --unique gives it new ones';
  const both = start && isRunning ? [{ kind: 'twins', text: 'both run, with the same addresses' }] : [];
  return [{ kind: 'same-mac', text }, ...both];
}

function restoreCall({ volid, vmid, start, unique }: Restore, { subject }: Scene, storage: string | null): PlannedCall {
  const id = vmid ?? subject.vmid;
  const isVm = subject.kind === 'qemu';
  return call(subject, {
    verb: 'POST',
    path: `${nodePath(subject.node)}/${subject.kind}`,
    parameters: {
      vmid: String(id),
      ...(isVm ? { archive: volid } : { ostemplate: volid, restore: '1' }),
      ...(vmid === null && { force: '1' }),
      ...(storage !== null && { storage }),
      ...(unique && { unique: '1' }),
      ...(start && { start: '1' }),
    },
    words: vmid === null ? 'restore the backup over it' : `restore the backup to ${id}`,
    task: { ...ownTask(subject, 'restore'), id: String(id) },
  });
}
