import { Cluster, type ClusterOptions } from './cluster.ts';
import type { LabNode } from './model.ts';
import { setConfig } from './operations/config.ts';
import { shutdown, start } from './operations/power.ts';
import { seedGuests } from './seed-guests.ts';
import { newStorages } from './seed-storages.ts';

const GIB = 1_073_741_824;
const DAY_MS = 86_400_000;

export interface SeedOptions extends ClusterOptions {
  nodes: number;
  vms: number;
  containers: number;
}

/** Builds the cluster: the same options and the same clock give the same state. */
export function seedCluster(options: SeedOptions): Cluster {
  const cluster = new Cluster(options);
  for (let id = 1; id <= options.nodes; id += 1) {
    const node = newNode(cluster, id);
    cluster.nodes.set(node.name, node);
  }
  for (const storage of newStorages(cluster.localNode().name)) cluster.storages.set(storage.id, storage);
  addFiles(cluster);
  cluster.pools.set('prod', { id: 'prod', comment: 'Production', storages: new Set() });
  cluster.pools.set('test', { id: 'test', comment: null, storages: new Set() });
  seedGuests(cluster, options);
  seedHistory(cluster);
  return cluster;
}

function newNode(cluster: Cluster, id: number): LabNode {
  const { prng } = cluster;
  const node: LabNode = {
    name: `pve${id}`,
    id,
    ip: `198.51.100.${(10 + id) % 256}`,
    bridges: id === 1 ? ['vmbr0', 'vmbr1'] : ['vmbr0'],
    cpus: prng.pick([16, 32, 64]),
    memoryBytes: prng.pick([128, 256, 512]) * GIB,
    diskBytes: 400 * GIB,
    bootedAtMs: cluster.nowMs() - 20 * DAY_MS - prng.integer(DAY_MS),
    certificates: null,
    downSinceMs: null,
    isFrozen: false,
    silentSinceMs: null,
    isInMaintenance: false,
    withoutPmxcfsMs: null,
  };
  // Drawn so that the guests of a seed stay the same: it stood for the certificate before nodes had one.
  prng.hex(64);
  return node;
}

function addFiles(cluster: Cluster): void {
  const ctime = cluster.nowSeconds() - 90 * 86_400;
  const files = [
    { name: 'iso/debian-12.5.0-amd64-netinst.iso', content: 'iso', format: 'iso', sizeBytes: 659_554_304 },
    {
      name: 'vztmpl/debian-12-standard_12.7-1_amd64.tar.zst',
      content: 'vztmpl',
      format: 'tzst',
      sizeBytes: 126_515_062,
    },
  ];
  const local = cluster.localNode().name;
  for (const { name, ...file } of files) {
    const volid = `local:${name}`;
    cluster.volumes.set(volid, {
      volid,
      storage: 'local',
      node: local,
      ctime,
      vmid: null,
      notes: null,
      isProtected: false,
      backup: null,
      ...file,
    });
  }
}

/** A few tasks and log lines of the last days, so that no list is empty. */
function seedHistory(cluster: Cluster): void {
  const nowMs = cluster.nowMs();
  const guests = [...cluster.guests.values()].filter((guest) => guest.power === 'running' && !cluster.haOf(guest.vmid));
  const chosen = guests.slice(0, 6);
  for (const [index, guest] of chosen.entries()) {
    const ref = { kind: guest.kind, node: guest.node, vmid: guest.vmid };
    const startedAtMs = guest.startedAtMs;
    const operation = { cluster, by: index % 2 === 0 ? 'root@pam' : 'admin@pve' };
    cluster.at(nowMs - (chosen.length - index) * 3_600_000, () => {
      shutdown(operation, ref);
      start(operation, ref);
      if (guest.kind === 'qemu') setConfig(operation, ref, { onboot: '1' });
    });
    guest.startedAtMs = Math.max(startedAtMs, nowMs - (chosen.length - index) * 3_600_000);
  }
}
