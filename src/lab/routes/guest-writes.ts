import type { GuestKind } from '../../types/guest.ts';
import { ApiError } from '../api-error.ts';
import { restore, vzdump } from '../operations/backup.ts';
import { moveDisk, resize, setConfig, setConfigInTask } from '../operations/config.ts';
import { clone, create, destroy, makeTemplate, migrate } from '../operations/lifecycle.ts';
import { reboot, reset, resume, shutdown, start, stop, suspend } from '../operations/power.ts';
import { describeSnapshot, removeSnapshot, rollback, takeSnapshot } from '../operations/snapshots.ts';
import type { Call, Method, Route } from '../router.ts';
import { may, nodeOf, onGuest, operationOf, refOf } from '../router.ts';

type Specs = Readonly<Record<string, string>>;

const POWER: Specs = { skiplock: 'boolean?', timeout: 'integer?' };
const CONFIG_PRIVILEGES = ['Disk', 'CDROM', 'CPU', 'Memory', 'Network', 'HWType', 'Options', 'Cloudinit'].map(
  (part) => `VM.Config.${part}`,
);
const CT_CONFIG_PRIVILEGES = ['Disk', 'CPU', 'Memory', 'Network', 'Options'].map((part) => `VM.Config.${part}`);

/** Everything that changes a VM or a container. */
export function guestWriteRoutes(kind: GuestKind): readonly Route[] {
  return [...powerRoutes(kind), ...configRoutes(kind), ...lifecycleRoutes(kind), ...snapshotRoutes(kind)];
}

function write(
  method: Method,
  kind: GuestKind,
  path: string,
  privileges: readonly string[],
  parameters: Specs,
  handle: Route['handle'],
): Route {
  return { method, path: `/nodes/{node}/${kind}/{vmid}${path}`, parameters, allow: onGuest(...privileges), handle };
}

function powerRoutes(kind: GuestKind): Route[] {
  const power = (verb: string, parameters: Specs, run: (call: Call) => string): Route =>
    write('POST', kind, `/status/${verb}`, ['VM.PowerMgmt'], parameters, run);
  const isVm = kind === 'qemu';
  const start_: Specs = isVm
    ? { ...POWER, forcecpu: 'string?', machine: 'string?', migratedfrom: 'string?', stateuri: 'string?' }
    : { skiplock: 'boolean?', debug: 'boolean?' };
  const stop_: Specs = {
    skiplock: 'boolean?',
    'overrule-shutdown': 'boolean?',
    ...(isVm && { timeout: 'integer?', keepActive: 'boolean?', migratedfrom: 'string?' }),
  };
  const shutdown_: Specs = {
    timeout: 'integer?',
    forceStop: 'boolean?',
    ...(isVm && { skiplock: 'boolean?', keepActive: 'boolean?' }),
  };
  const suspend_: Specs = isVm ? { skiplock: 'boolean?', todisk: 'boolean?', statestorage: 'string?' } : {};
  const routes = [
    power('start', start_, (call) => start(operationOf(call), refOf(call, kind))),
    power('stop', stop_, (call) => stop(operationOf(call), refOf(call, kind))),
    power('shutdown', shutdown_, (call) => shutdown(operationOf(call), refOf(call, kind))),
    power('reboot', { timeout: 'integer?' }, (call) => reboot(operationOf(call), refOf(call, kind))),
    power('suspend', suspend_, (call) =>
      suspend(operationOf(call), refOf(call, kind), call.parameters['todisk'] === '1'),
    ),
    power('resume', isVm ? { skiplock: 'boolean?', nocheck: 'boolean?' } : {}, (call) =>
      resume(operationOf(call), refOf(call, kind)),
    ),
  ];
  if (isVm)
    routes.push(power('reset', { skiplock: 'boolean?' }, (call) => reset(operationOf(call), refOf(call, kind))));
  return routes;
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

function snapshotRoutes(kind: GuestKind): Route[] {
  const taken: Specs = { snapname: 'string', description: 'string?', ...(kind === 'qemu' && { vmstate: 'boolean?' }) };
  const snapname = (call: Call): string => call.parameters['snapname'] ?? '';
  return [
    write('POST', kind, '/snapshot', ['VM.Snapshot'], taken, (call) => {
      const { description, vmstate } = call.parameters;
      return takeSnapshot(operationOf(call), refOf(call, kind), {
        name: snapname(call),
        description,
        hasRam: vmstate === '1',
      });
    }),
    write('DELETE', kind, '/snapshot/{snapname}', ['VM.Snapshot'], { force: 'boolean?' }, (call) =>
      removeSnapshot(operationOf(call), refOf(call, kind), snapname(call)),
    ),
    write(
      'POST',
      kind,
      '/snapshot/{snapname}/rollback',
      ['VM.Snapshot', 'VM.Snapshot.Rollback'],
      { start: 'boolean?' },
      (call) => rollback(operationOf(call), refOf(call, kind), snapname(call)),
    ),
    write('PUT', kind, '/snapshot/{snapname}/config', ['VM.Snapshot'], { description: 'string?' }, (call) =>
      describeSnapshot(operationOf(call), refOf(call, kind), snapname(call), call.parameters['description'] ?? ''),
    ),
  ];
}

export const vzdumpRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/nodes/{node}/vzdump',
    parameters: {
      vmid: 'string?',
      all: 'boolean?',
      storage: 'string?',
      mode: 'snapshot|suspend|stop?',
      compress: '0|1|gzip|lzo|zstd?',
      'notes-template': 'string?',
      remove: 'boolean?',
    },
    handle: (call) => {
      const node = nodeOf(call).name;
      const { vmid, all, storage } = call.parameters;
      const here = [...call.cluster.guests.values()].filter((guest) => guest.node === node).map((guest) => guest.vmid);
      const vmids =
        all === '1'
          ? here
          : (vmid ?? '')
              .split(/[,;\s]+/)
              .filter(Boolean)
              .map(Number);
      for (const one of vmids) {
        if (!may(call, `/vms/${one}`, 'VM.Backup'))
          throw new ApiError(403, `Permission check failed (/vms/${one}, VM.Backup)`);
      }
      const notes = call.parameters['notes-template'];
      return vzdump(operationOf(call), { node, vmids, storage: storage ?? 'local', notes });
    },
  },
];
