import { createHash } from 'node:crypto';
import { serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { diskSizeBytes, isDiskKey, volumeOf } from '../disks.ts';
import type { LabStorage, LabVolume } from '../model.ts';
import type { Call, Route } from '../router.ts';
import { may, nodeOf, requirePrivilege } from '../router.ts';
import { storageUsed } from '../telemetry.ts';
import type { Row } from '../views/resources.ts';

export const storageRoutes: readonly Route[] = [
  { method: 'GET', path: '/storage', parameters: { type: 'string?' }, handle: listStorages },
  {
    method: 'GET',
    path: '/storage/{storage}',
    allow: (call) => requirePrivilege(call, `/storage/${call.parameters['storage']}`, 'Datastore.Allocate'),
    handle: (call) => definition(call.cluster, requireStorage(call)),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/storage',
    parameters: { content: 'string?', enabled: 'boolean?', format: 'boolean?', storage: 'string?', target: 'string?' },
    handle: listOnNode,
  },
  {
    method: 'GET',
    path: '/nodes/{node}/storage/{storage}/content',
    parameters: { content: 'string?', vmid: 'vmid?' },
    allow: (call) =>
      requirePrivilege(call, `/storage/${call.parameters['storage']}`, 'Datastore.Audit', 'Datastore.AllocateSpace'),
    handle: listContent,
  },
];

function requireStorage({ cluster, parameters }: Call): LabStorage {
  const id = parameters['storage'] ?? '';
  const storage = cluster.storages.get(id);
  if (!storage) throw serverError(`storage '${id}' does not exist`);
  return storage;
}

function visibleStorages(call: Call): LabStorage[] {
  const isVisible = (id: string): boolean =>
    ['Datastore.Audit', 'Datastore.AllocateSpace'].some((privilege) => may(call, `/storage/${id}`, privilege));
  return [...call.cluster.storages.values()].filter((storage) => isVisible(storage.id));
}

function definition(cluster: Cluster, storage: LabStorage): Row {
  const digest = createHash('sha1')
    .update(JSON.stringify([...cluster.storages]))
    .digest('hex');
  return {
    storage: storage.id,
    type: storage.type,
    content: storage.content.join(','),
    digest,
    ...storage.options,
    ...(storage.isShared && { shared: 1 }),
    ...(storage.nodes && { nodes: storage.nodes.join(',') }),
    ...(!storage.isEnabled && { disable: 1 }),
  };
}

function listStorages(call: Call): Row[] {
  const type = call.parameters['type'];
  const storages = visibleStorages(call).filter((storage) => type === undefined || storage.type === type);
  return storages.map((storage) => definition(call.cluster, storage));
}

function listOnNode(call: Call): Row[] {
  const node = nodeOf(call);
  const { content, storage: only } = call.parameters;
  return visibleStorages(call)
    .filter((storage) => only === undefined || storage.id === only)
    .filter((storage) => content === undefined || content.split(',').some((type) => storage.content.includes(type)))
    .map((storage) => {
      const isEnabled = storage.isEnabled && (storage.nodes?.includes(node.name) ?? true);
      const isUsable = isEnabled && !storage.offlineOn.has(node.name);
      const total = isUsable ? storage.totalBytes : 0;
      const used = isUsable ? storageUsed(storage, node) : 0;
      return {
        storage: storage.id,
        type: storage.type,
        content: storage.content.join(','),
        shared: storage.isShared ? 1 : 0,
        enabled: isEnabled ? 1 : 0,
        active: isUsable ? 1 : 0,
        total,
        used,
        avail: total - used,
        ...(isUsable && { used_fraction: used / total }),
      };
    });
}

function listContent(call: Call): Row[] {
  const storage = requireStorage(call);
  const node = nodeOf(call).name;
  if (!storage.isEnabled) throw serverError(`storage '${storage.id}' is disabled`);
  if (storage.nodes?.includes(node) === false)
    throw serverError(`storage '${storage.id}' is not available on node '${node}'`);
  const { content, vmid } = call.parameters;
  const rows = [...guestVolumes(call.cluster, storage, node), ...storedVolumes(call.cluster, storage, node)];
  return rows
    .filter((row) => content === undefined || row['content'] === content)
    .filter((row) => vmid === undefined || row['vmid'] === Number(vmid))
    .filter((row) => mayRead(call, storage.id, row));
}

/** pve-storage check_volume_access: an auditor sees ISO images and templates, but neither disks nor backups. */
function mayRead(call: Call, storage: string, row: Row): boolean {
  const path = `/storage/${storage}`;
  if (may(call, path, 'Datastore.Allocate') || row['vmid'] === undefined) return true;
  const guest = `/vms/${Number(row['vmid'])}`;
  if (row['content'] === 'backup') return may(call, path, 'Datastore.AllocateSpace') && may(call, guest, 'VM.Backup');
  return may(call, guest, 'VM.Config.Disk');
}

function guestVolumes(cluster: Cluster, storage: LabStorage, node: string): Row[] {
  const rows: Row[] = [];
  for (const guest of cluster.guests.values()) {
    if (!storage.isShared && guest.node !== node) continue;
    for (const [key, value] of Object.entries(guest.config)) {
      const volid = volumeOf(value);
      if (!volid.startsWith(`${storage.id}:`) || !(isDiskKey(guest.kind, key) || /^unused\d+$/.test(key))) continue;
      rows.push({
        volid,
        vmid: guest.vmid,
        content: guest.kind === 'qemu' ? 'images' : 'rootdir',
        format: /\.(qcow2|raw)$/.exec(volid)?.[1] ?? 'raw',
        size: diskSizeBytes(value),
        ctime: cluster.nowSeconds() - 86_400,
        ...(storage.type !== 'lvmthin' && { parent: null, used: Math.floor(diskSizeBytes(value) / 3) }),
      });
    }
  }
  return rows;
}

function storedVolumes(cluster: Cluster, storage: LabStorage, node: string): Row[] {
  const here = [...cluster.volumes.values()].filter(
    (volume) => volume.storage === storage.id && (volume.node === null || volume.node === node),
  );
  return here.map((volume) => storedRow(volume));
}

function storedRow(volume: LabVolume): Row {
  const { volid, content, format, sizeBytes, ctime, vmid, notes, isProtected, backup } = volume;
  return {
    volid,
    content,
    format,
    size: sizeBytes,
    ctime,
    ...(vmid !== null && { vmid }),
    ...(notes !== null && { notes }),
    ...(isProtected && { protected: 1 }),
    ...(backup && { subtype: backup.kind }),
  };
}
