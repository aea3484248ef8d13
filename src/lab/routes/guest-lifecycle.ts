import { ApiError } from '../api-error.ts';
import type { GuestKind } from '../model.ts';
import { clone } from '../operations/clone.ts';
import { create } from '../operations/create.ts';
import { destroy } from '../operations/destroy.ts';
import { restore } from '../operations/restore.ts';
import { makeTemplate } from '../operations/template.ts';
import type { Call, Route } from '../router.ts';
import { may, operationOf, refOf } from '../router.ts';
import { diskWords } from './guest-disks.ts';
import { type Specs, withoutPath, write } from './guest-route.ts';

/** Creating, restoring, copying and destroying VMs or containers. */
export function guestLifecycleRoutes(kind: GuestKind): readonly Route[] {
  const isVm = kind === 'qemu';
  return [
    createRoute(kind),
    destroyRoute(kind),
    cloneRoute(kind),
    write('POST', kind, '/template', ['VM.Allocate'], isVm ? { disk: `${diskWords(kind)}?` } : {}, (call) =>
      makeTemplate(operationOf(call), refOf(call, kind)),
    ),
  ];
}

function createRoute(kind: GuestKind): Route {
  const isVm = kind === 'qemu';
  const parameters: Specs = {
    vmid: 'vmid',
    bwlimit: isVm ? 'integer>=0?' : 'number>=0?',
    force: 'boolean?',
    pool: 'string:pve-poolid?',
    start: 'boolean?',
    storage: 'string:pve-storage-id?',
    unique: 'boolean?',
    ...(isVm
      ? { archive: 'string?', 'live-restore': 'boolean?' }
      : {
          ostemplate: 'string',
          restore: 'boolean?',
          password: 'string?',
          'ssh-public-keys': 'string?',
          'ignore-unpack-errors': 'boolean?',
        }),
  };
  return {
    method: 'POST',
    path: `/nodes/{node}/${kind}`,
    parameters,
    later: {
      ...(isVm && { '8.4': { 'import-working-storage': 'string:pve-storage-id?' } }),
      '9.2': { 'ha-managed': 'boolean?' },
    },
    takesConfig: true,
    allow: allowCreate,
    handle: (call) => createOrRestore(call, kind),
  };
}

function destroyRoute(kind: GuestKind): Route {
  const parameters: Specs = {
    purge: 'boolean?',
    'destroy-unreferenced-disks': 'boolean?',
    ...(kind === 'qemu' ? { skiplock: 'boolean?' } : { force: 'boolean?' }),
  };
  return write('DELETE', kind, '', ['VM.Allocate'], parameters, (call) => {
    const { purge, force } = call.parameters;
    return destroy(operationOf(call), refOf(call, kind), { purge: purge === '1', isForced: force === '1' });
  });
}

function cloneRoute(kind: GuestKind): Route {
  const nameKey = kind === 'qemu' ? 'name' : 'hostname';
  const parameters: Specs = {
    newid: 'vmid',
    [nameKey]: 'string:dns-name?',
    description: 'string?',
    full: 'boolean?',
    pool: 'string:pve-poolid?',
    snapname: 'string:pve-configid?',
    storage: 'string:pve-storage-id?',
    target: 'string:pve-node?',
    bwlimit: kind === 'qemu' ? 'integer>=0?' : 'number>=0?',
    ...(kind === 'qemu' && { format: 'raw|qcow2|vmdk?' }),
  };
  return write('POST', kind, '/clone', ['VM.Clone'], parameters, (call) => {
    const { newid, full, description, pool, storage, target, snapname, [nameKey]: name } = call.parameters;
    const isFull = full === undefined ? undefined : full === '1';
    const options = { name, description, pool, storage, target, snapname, full: isFull };
    return clone(operationOf(call), refOf(call, kind), { newid: Number(newid), ...options });
  });
}

function allowCreate(call: Call): void {
  const { vmid, pool } = call.parameters;
  const isAllowed =
    may(call, `/vms/${vmid}`, 'VM.Allocate') || (pool !== undefined && may(call, `/pool/${pool}`, 'VM.Allocate'));
  if (!isAllowed) throw new ApiError(403, 'Permission check failed');
}

/** An archive makes it a restore: `archive` of a VM, `ostemplate` with `restore=1` of a container. */
function createOrRestore(call: Call, kind: GuestKind): string {
  const { archive, ostemplate, restore: isRestore, force, unique, pool, storage, start } = call.parameters;
  const volid = kind === 'qemu' ? archive : isRestore === '1' ? ostemplate : undefined;
  const operation = operationOf(call);
  if (volid === undefined) return create(operation, refOf(call, kind), withoutPath(call));
  const options = { force: force === '1', unique: unique === '1', pool, storage, isStarted: start === '1' };
  return restore(operation, refOf(call, kind), { volid, ...options });
}
