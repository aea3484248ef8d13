import { ApiError, serverError } from '../api-error.ts';
import type { LabVolume } from '../model.ts';
import type { Call, Route } from '../router.ts';
import { may, nodeOf, requirePrivilege } from '../router.ts';
import type { Row } from '../views/resources.ts';

const PATH = '/nodes/{node}/storage/{storage}/content/{volume}';

/** Single files of a storage: images, templates, backups. Source: pve-storage src/PVE/API2/Storage/Content.pm. */
export const volumeRoutes: readonly Route[] = [
  { method: 'GET', path: PATH, handle: show },
  { method: 'PUT', path: PATH, parameters: { notes: 'string?', protected: 'boolean?' }, handle: update },
  { method: 'DELETE', path: PATH, parameters: { delay: 'integer>=1<=30?' }, handle: remove },
];

function volidOf({ parameters: { storage = '', volume = '' } }: Call): string {
  return volume.startsWith(`${storage}:`) ? volume : `${storage}:${volume}`;
}

function volumeHere(call: Call): LabVolume | undefined {
  const volume = call.cluster.volumes.get(volidOf(call));
  return volume && (volume.node === null || volume.node === nodeOf(call).name) ? volume : undefined;
}

/** A backup needs the right to back up its guest; other files the right to the whole storage. */
function requireAccess(call: Call, volid: string): void {
  const [path, vmid] = [`/storage/${call.parameters['storage']}`, /vzdump-\w+-(\d+)-/.exec(volid)?.[1]];
  const isOfGuest = vmid !== undefined && may(call, `/vms/${vmid}`, 'VM.Backup');
  if (isOfGuest && may(call, path, 'Datastore.AllocateSpace')) return;
  requirePrivilege(call, path, 'Datastore.Allocate');
}

function show(call: Call): Row {
  const volid = volidOf(call);
  requireAccess(call, volid);
  const volume = volumeHere(call);
  if (!volume) throw serverError(`volume_size_info on '${volid}' failed`);
  const { format, sizeBytes, notes, isProtected } = volume;
  return {
    path: pathOf(volid),
    format,
    size: sizeBytes,
    used: sizeBytes,
    ...(notes !== null && { notes }),
    ...(isProtected && { protected: 1 }),
  };
}

function update(call: Call): null {
  const volid = volidOf(call);
  requireAccess(call, volid);
  const volume = volumeHere(call);
  if (!volume) throw serverError(`volume '${volid}' does not exist`);
  const { notes, protected: isProtected } = call.parameters;
  if (notes !== undefined) volume.notes = notes;
  if (isProtected !== undefined) volume.isProtected = isProtected === '1';
  return null;
}

/** A task of the storage, whose id names the guest. */
function remove(call: Call): string {
  const volid = volidOf(call);
  const { cluster, by } = call;
  requireAccess(call, volid);
  const { storage = '' } = call.parameters;
  if (!cluster.storages.has(storage)) throw new ApiError(500, `storage '${storage}' does not exist`);
  const node = nodeOf(call).name;
  const volume = volumeHere(call);
  const id = volume?.vmid === null || volume === undefined ? storage : `${volume.vmid}@${storage}`;
  return cluster.tasks.run({ node, type: 'imgdel', id, authid: by, storages: [storage] }, (task) => {
    if (!volume) throw serverError(`unlink '${pathOf(volid)}' failed - No such file or directory`);
    if (volume.isProtected) throw serverError(`cannot remove protected volume '${volid}' on '${storage}'`);
    task.act(() => {
      cluster.volumes.delete(volid);
      task.print(`Removed volume '${volid}'`);
    });
  });
}

function pathOf(volid: string): string {
  const [storage = '', name = ''] = volid.split(/:(.*)/);
  const [kind = '', ...file] = name.split('/');
  const folder = { backup: 'dump', iso: 'template/iso', vztmpl: 'template/cache' }[kind] ?? kind;
  return `${storage === 'local' ? '/var/lib/vz' : `/mnt/pve/${storage}`}/${folder}/${file.join('/')}`;
}
