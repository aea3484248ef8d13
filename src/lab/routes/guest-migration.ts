import type { Cluster } from '../cluster.ts';
import { diskSizeBytes, storagesOf } from '../disks.ts';
import type { GuestKind, LabGuest } from '../model.ts';
import { localResources, localVolumes, migrate } from '../operations/migrate.ts';
import { requireGuest } from '../operations/operation.ts';
import type { Call, Route } from '../router.ts';
import { onGuest, operationOf, refOf } from '../router.ts';
import type { Row } from '../views/resources.ts';
import { type Specs, write } from './guest-route.ts';

/** Moving to another node, and what stands in its way. */
export function guestMigrationRoutes(kind: GuestKind): readonly Route[] {
  const isVm = kind === 'qemu';
  const precondition: Route = {
    method: 'GET',
    path: `/nodes/{node}/${kind}/{vmid}/migrate`,
    parameters: { target: 'string:pve-node?' },
    ...(!isVm && { since: '9.2' }),
    allow: onGuest('VM.Migrate'),
    handle: ({ cluster, ...call }) => {
      const guest = requireGuest(cluster, refOf({ cluster, ...call }, kind));
      return isVm ? vmPrecondition(cluster, guest) : containerPrecondition(cluster, guest);
    },
  };
  const parameters: Specs = {
    target: 'string:pve-node',
    online: 'boolean?',
    bwlimit: isVm ? 'integer>=0?' : 'number>=0?',
    ...(isVm
      ? {
          force: 'boolean?',
          migration_network: 'string:CIDR?',
          migration_type: 'secure|insecure?',
          'with-local-disks': 'boolean?',
          targetstorage: 'string:storage-pair-list?',
        }
      : { restart: 'boolean?', timeout: 'integer?', 'target-storage': 'string:storage-pair-list?' }),
  };
  const post = write('POST', kind, '/migrate', ['VM.Migrate'], parameters, (call) =>
    migrate(operationOf(call), refOf(call, kind), optionsOf(call)),
  );
  return [precondition, { ...post, ...(isVm && { later: { '9.2': { 'with-conntrack-state': 'boolean?' } } }) }];
}

function optionsOf({ parameters }: Call): Parameters<typeof migrate>[2] {
  return {
    target: parameters['target'] ?? '',
    isOnline: parameters['online'] === '1',
    isRestarted: parameters['restart'] === '1',
    withLocalDisks: parameters['with-local-disks'] === '1',
    isForced: parameters['force'] === '1',
    targetStorage: parameters['targetstorage'] ?? parameters['target-storage'],
  };
}

interface Targets {
  allowed: string[];
  refused: Record<string, Row>;
}

/** Nodes that are allowed come among the others as well, with nothing against them (recorded on 8.4). */
function targetsOf(cluster: Cluster, guest: LabGuest): Targets {
  const targets: Targets = { allowed: [], refused: {} };
  for (const { name } of cluster.nodes.values()) {
    if (name === guest.node) continue;
    const missing = [...storagesOf(guest.kind, guest.config)].filter(
      (id) => cluster.storages.get(id)?.nodes?.includes(name) === false,
    );
    targets.refused[name] = missing.length > 0 ? { unavailable_storages: missing } : {};
    if (missing.length === 0) targets.allowed.push(name);
  }
  return targets;
}

function vmPrecondition(cluster: Cluster, guest: LabGuest): Row {
  const isRunning = guest.power !== 'stopped';
  const { allowed, refused } = targetsOf(cluster, guest);
  return {
    running: isRunning ? 1 : 0,
    // Only of one that is off. Source: qemu-server src/PVE/API2/Qemu.pm migrate_vm_precondition.
    ...(!isRunning && { allowed_nodes: allowed, not_allowed_nodes: refused }),
    local_disks: localVolumes(cluster, guest).map(({ drive, volid, isCdrom }) => ({
      volid,
      drivename: drive,
      cdrom: isCdrom ? 1 : 0,
      shared: 0,
      replicate: 1,
      is_attached: 1,
      is_unused: drive.startsWith('unused') ? 1 : 0,
      is_vmstate: 0,
      is_tpmstate: drive === 'tpmstate0' ? 1 : 0,
      ...(!isCdrom && { size: diskSizeBytes(guest.config[drive]) }),
    })),
    local_resources: localResources(guest),
    ...(cluster.release !== '7.4' && { 'mapped-resources': [], 'mapped-resource-info': {} }),
    ...(cluster.release === '9.2' && { 'has-dbus-vmstate': 0 }),
  };
}

function containerPrecondition(cluster: Cluster, guest: LabGuest): Row {
  const { allowed, refused } = targetsOf(cluster, guest);
  return {
    running: guest.power === 'stopped' ? 0 : 1,
    'allowed-nodes': allowed,
    'not-allowed-nodes': Object.fromEntries(Object.entries(refused).filter(([name]) => !allowed.includes(name))),
  };
}
