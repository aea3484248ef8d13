import type { GuestKind } from '../../types/guest.ts';
import { ApiError } from '../api-error.ts';
import { restore } from '../operations/backup.ts';
import { clone } from '../operations/clone.ts';
import { moveDisk, resize, setConfig, setConfigInTask } from '../operations/config.ts';
import { create } from '../operations/create.ts';
import { destroy, makeTemplate, migrate } from '../operations/lifecycle.ts';
import type { Call, Method, Route } from '../router.ts';
import { may, operationOf, refOf } from '../router.ts';
import { type Specs, write } from './guest-route.ts';

const CONFIG_PRIVILEGES = ['Disk', 'CDROM', 'CPU', 'Memory', 'Network', 'HWType', 'Options', 'Cloudinit'].map(
  (part) => `VM.Config.${part}`,
);
const CT_CONFIG_PRIVILEGES = ['Disk', 'CPU', 'Memory', 'Network', 'Options'].map((part) => `VM.Config.${part}`);

/** Creating, configuring, copying, moving and destroying VMs or containers. */
export function guestWriteRoutes(kind: GuestKind): readonly Route[] {
  return [...configRoutes(kind), ...lifecycleRoutes(kind)];
}

function withoutPath(call: Call): Record<string, string> {
  const { node: _node, vmid: _vmid, ...rest } = call.parameters;
  return rest;
}

function configRoutes(kind: GuestKind): Route[] {
  const privileges = kind === 'qemu' ? CONFIG_PRIVILEGES : CT_CONFIG_PRIVILEGES;
  const config = (method: Method, run: typeof setConfig | typeof setConfigInTask): Route => ({
    ...write(method, kind, '/config', privileges, {}, (call) =>
      run(operationOf(call), refOf(call, kind), withoutPath(call)),
    ),
    takesConfig: true,
  });
  const disk: Specs = {
    disk: 'string',
    size: 'string',
    digest: 'string?',
    ...(kind === 'qemu' && { skiplock: 'boolean?' }),
  };
  const routes = [
    config('PUT', setConfig),
    write('PUT', kind, '/resize', ['VM.Config.Disk'], disk, (call) =>
      resize(operationOf(call), refOf(call, kind), call.parameters['disk'] ?? '', call.parameters['size'] ?? ''),
    ),
  ];
  const move: Specs = { storage: 'string', delete: 'boolean?', digest: 'string?', bwlimit: 'integer?' };
  const isDeleted = (call: Call): boolean => call.parameters['delete'] === '1';
  const moved = (key: string) => (call: Call) =>
    moveDisk(
      operationOf(call),
      refOf(call, kind),
      call.parameters[key] ?? '',
      call.parameters['storage'] ?? '',
      isDeleted(call),
    );
  if (kind === 'lxc')
    return [
      ...routes,
      write('POST', kind, '/move_volume', ['VM.Config.Disk'], { ...move, volume: 'string' }, moved('volume')),
    ];
  const vmMove = { ...move, disk: 'string', format: 'raw|qcow2|vmdk?' };
  return [
    ...routes,
    config('POST', setConfigInTask),
    write('POST', kind, '/move_disk', ['VM.Config.Disk'], vmMove, moved('disk')),
  ];
}

function lifecycleRoutes(kind: GuestKind): Route[] {
  const nameKey = kind === 'qemu' ? 'name' : 'hostname';
  const cloned: Specs = {
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
  const migrated: Specs = {
    target: 'string',
    online: 'boolean?',
    bwlimit: 'integer?',
    ...(kind === 'qemu'
      ? { force: 'boolean?', 'with-local-disks': 'boolean?', targetstorage: 'string?' }
      : { restart: 'boolean?', timeout: 'integer?' }),
  };
  const destroyed: Specs = {
    purge: 'boolean?',
    'destroy-unreferenced-disks': 'boolean?',
    ...(kind === 'qemu' ? { skiplock: 'boolean?' } : { force: 'boolean?' }),
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
    write('POST', kind, '/clone', ['VM.Clone'], cloned, (call) => {
      const { newid, full, description, pool, storage, target, [nameKey]: name } = call.parameters;
      const options = { name, description, pool, storage, target, full: full === undefined ? undefined : full === '1' };
      return clone(operationOf(call), refOf(call, kind), { newid: Number(newid), ...options });
    }),
    write('POST', kind, '/migrate', ['VM.Migrate'], migrated, (call) =>
      migrate(operationOf(call), refOf(call, kind), call.parameters['target'] ?? ''),
    ),
    write('POST', kind, '/template', ['VM.Allocate'], kind === 'qemu' ? { disk: 'string?' } : {}, (call) =>
      makeTemplate(operationOf(call), refOf(call, kind)),
    ),
  ];
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
