import type { Cluster } from '../cluster.ts';
import { broadcastFields } from '../guest-size.ts';
import type { BroadcastFields, LabGuest, LabNode, LabStorage } from '../model.ts';
import { RELEASES } from '../release.ts';
import { figuresAtMs, guestFigures, nodeFigures, storageUsed } from '../telemetry.ts';

export type Row = Record<string, unknown>;

/**
 * A row of /cluster/resources of a guest. When its node has been silent for five minutes, little of it is left.
 * Filled key by key: with ten thousand guests, spreading objects into each other would take most of the answer's time.
 */
export function guestRow(cluster: Cluster, guest: LabGuest, hasPoolAudit: boolean): Row {
  const { kind, vmid, node } = guest;
  const row: Row = { id: `${kind}/${vmid}`, vmid, node, type: kind, status: 'unknown' };
  const { tags, lock } = guest.config;
  const pool = hasPoolAudit ? cluster.poolOf.get(vmid) : undefined;
  const hastate = cluster.haOf(vmid)?.state;
  if (tags !== undefined && tags !== '') row['tags'] = tags;
  if (lock !== undefined) row['lock'] = lock;
  if (pool !== undefined) row['pool'] = pool;
  if (hastate !== undefined) row['hastate'] = hastate;
  const atMs = figuresAtMs(cluster, cluster.nodes.get(node));
  const fields = atMs === null ? null : shownFields(cluster, guest);
  if (atMs === null || fields === null) return row;
  const figures = guestFigures(guest, fields, atMs);
  Object.assign(row, fields, figures);
  if (kind === 'qemu' && RELEASES[cluster.release].hasPressure) row['memhost'] = figures.mem;
  return row;
}

/** What pvestatd has broadcast: with a lag, an earlier state. null: nothing yet. */
function shownFields(cluster: Cluster, guest: LabGuest): BroadcastFields | null {
  if (cluster.broadcastLagMs > 0) {
    const shownMs = cluster.nowMs() - cluster.broadcastLagMs;
    const earlier = guest.earlier.find((entry) => entry.untilMs > shownMs);
    if (earlier) return earlier.fields;
  }
  return broadcastFields(cluster, guest);
}

/** Without Sys.Audit on the node only the bare row is left. */
export function nodeRow(cluster: Cluster, node: LabNode, hasAudit: boolean): Row {
  const sinceMs = cluster.unseenSinceMs(node);
  const atMs = figuresAtMs(cluster, node);
  const bare = {
    id: `node/${node.name}`,
    node: node.name,
    type: 'node',
    status: nodeState(sinceMs, atMs),
    'cgroup-mode': 2,
    ...(atMs !== null && { level: '' }),
    ...(hasAudit &&
      cluster.release !== '7.4' &&
      hasHa(cluster) && { hastate: node.isInMaintenance ? 'maintenance' : 'online' }),
  };
  if (!hasAudit || atMs === null) return bare;
  return { ...bare, ...nodeSize(node), ...(sinceMs === null && nodeFigures(node, atMs)) };
}

function hasHa({ ha, name, nodes }: Cluster): boolean {
  return name !== null && (ha.size > 0 || [...nodes.values()].some(({ isInMaintenance }) => isInMaintenance));
}

/** Membership says that a node is off, its figures say that it is on; without either nobody knows. */
export function nodeState(unseenSinceMs: number | null, atMs: number | null): 'online' | 'offline' | 'unknown' {
  if (unseenSinceMs !== null) return 'offline';
  return atMs === null ? 'unknown' : 'online';
}

export function nodeSize(node: LabNode): Row {
  return { maxcpu: node.cpus, maxmem: node.memoryBytes, maxdisk: node.diskBytes };
}

export function storageRow(cluster: Cluster, storage: LabStorage, node: LabNode): Row {
  const row = {
    id: `storage/${node.name}/${storage.id}`,
    storage: storage.id,
    node: node.name,
    type: 'storage',
    plugintype: storage.type,
    content: storage.content.join(','),
    shared: storage.isShared ? 1 : 0,
  };
  if (figuresAtMs(cluster, node) === null || storage.offlineOn.has(node.name)) return { ...row, status: 'unknown' };
  return { ...row, status: 'available', maxdisk: storage.totalBytes, disk: storageUsed(storage, node) };
}

export function networkRow(cluster: Cluster, node: LabNode): Row | null {
  const kind = RELEASES[cluster.release].networkRows;
  const row = { node: node.name, status: 'ok', type: kind };
  if (kind === 'none') return null;
  if (kind === 'sdn') return { ...row, id: `sdn/${node.name}/localnetwork`, sdn: 'localnetwork' };
  return { ...row, id: `network/${node.name}/zone/localnetwork`, network: 'localnetwork', 'network-type': 'zone' };
}

/** The sums of a pool's running members, as newer releases put them on its row. */
export function poolRow(cluster: Cluster, pool: string, members: readonly Row[]): Row {
  const row: Row = { id: `/pool/${pool}`, pool, type: 'pool' };
  if (cluster.release === '7.4') return row;
  const running = members.filter((member) => member['status'] === 'running');
  if (running.length === 0) return row;
  const maxcpu = sum(running, 'maxcpu');
  return {
    ...row,
    maxcpu,
    cpu:
      running.reduce((total, member) => total + Number(member['cpu']) * Number(member['maxcpu']), 0) /
      Math.max(1, maxcpu),
    maxmem: sum(running, 'maxmem'),
    mem: sum(running, 'mem'),
    uptime: Math.max(...running.map((member) => Number(member['uptime']))),
  };
}

function sum(rows: readonly Row[], key: string): number {
  return rows.reduce((total, row) => total + Number(row[key]), 0);
}
