import { ApiError } from '../api-error.ts';
import type { GuestKind } from '../model.ts';
import { restore } from '../operations/backup.ts';
import { clone } from '../operations/clone.ts';
import { create } from '../operations/create.ts';
import { destroy, makeTemplate, migrate } from '../operations/lifecycle.ts';
import type { Call, Route } from '../router.ts';
import { may, operationOf, refOf } from '../router.ts';
import { type Specs, withoutPath, write } from './guest-route.ts';

/** Creating, restoring, copying, moving and destroying VMs or containers. */
export function guestLifecycleRoutes(kind: GuestKind): readonly Route[] {
  const isVm = kind === 'qemu';
  const destroyed: Specs = {
    purge: 'boolean?',
    'destroy-unreferenced-disks': 'boolean?',
    ...(isVm ? { skiplock: 'boolean?' } : { force: 'boolean?' }),
  };
  return [
    {
      method: 'POST',
      path: `/nodes/{node}/${kind}`,
      parameters: { vmid: 'vmid' },
      takesConfig: true,
      allow: allowCreate,
      handle: (call) => createOrRestore(call, kind),
    },
    write('DELETE', kind, '', ['VM.Allocate'], destroyed, (call) => destroy(operationOf(call), refOf(call, kind))),
    cloneRoute(kind),
    migrateRoute(kind),
    write('POST', kind, '/template', ['VM.Allocate'], isVm ? { disk: 'string?' } : {}, (call) =>
      makeTemplate(operationOf(call), refOf(call, kind)),
    ),
  ];
}

function cloneRoute(kind: GuestKind): Route {
  const nameKey = kind === 'qemu' ? 'name' : 'hostname';
  const parameters: Specs = {
    newid: 'vmid',
    [nameKey]: 'string?',
    description: 'string?',
    full: 'boolean?',
    pool: 'string?',
    snapname: 'string?',
    storage: 'string?',
    target: 'string?',
    bwlimit: 'integer?',
    ...(kind === 'qemu' && { format: 'raw|qcow2|vmdk?' }),
  };
  return write('POST', kind, '/clone', ['VM.Clone'], parameters, (call) => {
    const { newid, full, description, pool, storage, target, [nameKey]: name } = call.parameters;
    const options = { name, description, pool, storage, target, full: full === undefined ? undefined : full === '1' };
    return clone(operationOf(call), refOf(call, kind), { newid: Number(newid), ...options });
  });
}

function migrateRoute(kind: GuestKind): Route {
  const parameters: Specs = {
    target: 'string',
    online: 'boolean?',
    bwlimit: 'integer?',
    ...(kind === 'qemu'
      ? { force: 'boolean?', 'with-local-disks': 'boolean?', targetstorage: 'string?' }
      : { restart: 'boolean?', timeout: 'integer?' }),
  };
  return write('POST', kind, '/migrate', ['VM.Migrate'], parameters, (call) =>
    migrate(operationOf(call), refOf(call, kind), call.parameters['target'] ?? ''),
  );
}

function allowCreate(call: Call): void {
  const { vmid, pool } = call.parameters;
  const isAllowed =
    may(call, `/vms/${vmid}`, 'VM.Allocate') || (pool !== undefined && may(call, `/pool/${pool}`, 'VM.Allocate'));
  if (!isAllowed) throw new ApiError(403, 'Permission check failed');
}

/** An archive makes it a restore: `archive` of a VM, `ostemplate` with `restore=1` of a container. */
function createOrRestore(call: Call, kind: GuestKind): string {
  const { archive, ostemplate, restore: isRestore, force, unique, pool, storage } = call.parameters;
  const volid = kind === 'qemu' ? archive : isRestore === '1' ? ostemplate : undefined;
  const operation = operationOf(call);
  if (volid === undefined) return create(operation, refOf(call, kind), withoutPath(call));
  return restore(operation, refOf(call, kind), { volid, force: force === '1', unique: unique === '1', pool, storage });
}
