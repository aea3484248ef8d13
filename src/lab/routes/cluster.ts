import { splitAuthId } from '../../types/auth-id.ts';
import { parameterError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { splitTags } from '../config-keys.ts';
import type { LabNode, LabStorage } from '../model.ts';
import { RELEASES } from '../release.ts';
import type { Call, Route } from '../router.ts';
import { may, onRoot } from '../router.ts';
import { guestRow, networkRow, nodeRow, poolRow, type Row, storageRow } from '../views/resources.ts';
import { clusterTaskRow } from '../views/tasks.ts';

/** pve-cluster Cluster.pm broadcast_tasklist: MAX_FINISHED. */
const FINISHED_PER_NODE = 25;

export const clusterRoutes: readonly Route[] = [
  { method: 'GET', path: '/version', handle: ({ cluster }) => versionOf(cluster) },
  {
    method: 'GET',
    path: '/cluster/status',
    allow: onRoot('Sys.Audit'),
    handle: ({ cluster }) => clusterStatus(cluster),
  },
  {
    method: 'GET',
    path: '/cluster/resources',
    parameters: { type: 'vm|storage|node|sdn?' },
    handle: (call) => resources(call, call.parameters['type']),
  },
  { method: 'GET', path: '/cluster/tasks', handle: clusterTasks },
  { method: 'GET', path: '/cluster/log', parameters: { max: 'integer?' }, handle: clusterLog },
  { method: 'GET', path: '/cluster/nextid', parameters: { vmid: 'vmid?' }, handle: nextId },
  { method: 'GET', path: '/cluster/options', handle: clusterOptions },
  { method: 'GET', path: '/cluster/backup', allow: onRoot('Sys.Audit'), handle: ({ cluster }) => backupJobs(cluster) },
  { method: 'GET', path: '/cluster/replication', handle: replications },
];

export function versionOf(cluster: Cluster): Row {
  const { version, repoid } = RELEASES[cluster.release];
  return { version, repoid, release: cluster.release };
}

function clusterStatus(cluster: Cluster): Row[] {
  const local = cluster.localNode();
  const nodes = [...cluster.nodes.values()].map((node) => ({
    type: 'node',
    id: `node/${node.name}`,
    name: node.name,
    nodeid: cluster.name === null ? 0 : node.id,
    ip: node.ip,
    level: '',
    local: node === local ? 1 : 0,
    online: cluster.unseenSinceMs(node) === null ? 1 : 0,
  }));
  // "fake entry for local node if no cluster defined" (pve-manager PVE/API2/Cluster.pm get_status).
  if (cluster.isAlone) return nodes.filter(({ local: isLocal }) => isLocal === 1);
  if (cluster.name === null) return nodes;
  const quorate = cluster.isQuorate() ? 1 : 0;
  return [
    { type: 'cluster', id: 'cluster', name: cluster.name, nodes: nodes.length, version: nodes.length, quorate },
    ...nodes,
  ];
}

function resources(call: Call, type: string | undefined): Row[] {
  const { cluster } = call;
  const isWanted = (kind: string): boolean => type === undefined || type === kind;
  const nodes = [...cluster.nodes.values()].filter((node) => !cluster.isAlone || node === cluster.localNode());
  const rows: Row[] = [];
  const guests = isWanted('vm') ? guestRows(call) : [];
  if (type === undefined) rows.push(...poolRows(call, guests));
  rows.push(...guests);
  if (isWanted('node'))
    rows.push(...nodes.map((node) => nodeRow(cluster, node, may(call, `/nodes/${node.name}`, 'Sys.Audit'))));
  if (isWanted('storage')) rows.push(...storageRows(call));
  if (isWanted('sdn') && may(call, '/sdn/zones/localnetwork', 'SDN.Audit')) {
    rows.push(...nodes.map((node) => networkRow(cluster, node)).filter((row) => row !== null));
  }
  return rows;
}

function guestRows(call: Call): Row[] {
  const { cluster } = call;
  const rows: Row[] = [];
  for (const vmid of [...cluster.guests.keys()].sort((a, b) => a - b)) {
    const guest = cluster.guests.get(vmid);
    if (!guest || !may(call, `/vms/${vmid}`, 'VM.Audit')) continue;
    const pool = cluster.poolOf.get(vmid);
    rows.push(guestRow(cluster, guest, pool !== undefined && may(call, `/pool/${pool}`, 'Pool.Audit')));
  }
  return rows;
}

function poolRows(call: Call, guests: readonly Row[]): Row[] {
  const visible = [...call.cluster.pools.keys()].filter((pool) => may(call, `/pool/${pool}`, 'Pool.Audit'));
  return visible.map((pool) =>
    poolRow(
      call.cluster,
      pool,
      guests.filter((row) => row['pool'] === pool),
    ),
  );
}

/** One row for each node and storage, shared or not. */
function storageRows(call: Call): Row[] {
  const { cluster } = call;
  const visible = [...cluster.storages.values()].filter((storage) =>
    may(call, `/storage/${storage.id}`, 'Datastore.Audit'),
  );
  return visible
    .filter((storage) => storage.isEnabled)
    .flatMap((storage) => nodesOf(cluster, storage).map((node) => storageRow(cluster, storage, node)));
}

function nodesOf(cluster: Cluster, storage: LabStorage): LabNode[] {
  return [...cluster.nodes.values()].filter((node) => storage.nodes?.includes(node.name) ?? true);
}

function clusterTasks(call: Call): Row[] {
  const { cluster, by } = call;
  const seesAll = may(call, '/', 'Sys.Audit');
  // The user is compared without the token: a token that may not see all sees nothing (recorded in pve-days, step 18).
  const isSeen = (authid: string): boolean => seesAll || splitAuthId(authid).user === by;
  return [...cluster.nodes.keys()].flatMap((node) => {
    const finished = cluster.tasks.finishedOn(node).slice(0, FINISHED_PER_NODE);
    return [...cluster.tasks.runningOn(node), ...finished].filter((task) => isSeen(task.authid)).map(clusterTaskRow);
  });
}

function clusterLog(call: Call): Row[] {
  const { cluster, by, parameters } = call;
  cluster.tasks.settle();
  const max = parameters['max'] === undefined ? undefined : Number(parameters['max']);
  if (max !== undefined && max < 1) throw parameterError({ max: 'value must have a minimum value of 1' });
  const user = may(call, '/', 'Sys.Syslog') ? undefined : by;
  return cluster.log.list({ max, user }).map((line) => ({
    id: `${line.uid}:${line.node}`,
    uid: String(line.uid),
    node: line.node,
    time: line.time,
    user: line.user,
    tag: line.tag,
    pid: line.pid,
    pri: line.priority,
    msg: line.message,
  }));
}

function nextId({ cluster, parameters }: Call): string {
  const asked = parameters['vmid'];
  if (asked === undefined) return String(cluster.lowestFreeVmid());
  if (cluster.guests.has(Number(asked))) throw parameterError({ vmid: `VM ${asked} already exists` });
  return asked;
}

function clusterOptions(call: Call): Row {
  const { cluster } = call;
  const guests = [...cluster.guests.values()].filter((guest) => may(call, `/vms/${guest.vmid}`, 'VM.Audit'));
  const tags = new Set(guests.flatMap((guest) => splitTags(String(guest.config['tags'] ?? ''))));
  const allowed = { 'allowed-tags': [...tags].sort() };
  if (!may(call, '/', 'Sys.Audit')) return allowed;
  return { ...allowed, description: '', mac_prefix: 'BC:24:11' };
}

function replications(call: Call): Row[] {
  const jobs = [...call.cluster.replications].filter(([vmid]) => may(call, `/vms/${vmid}`, 'VM.Audit'));
  return jobs.map(([guest, target]) => ({ id: `${guest}-0`, guest, jobnum: 0, target, type: 'local' }));
}

function backupJobs(cluster: Cluster): Row[] {
  return [
    {
      id: 'backup-nightly',
      type: 'vzdump',
      schedule: '21:00',
      storage: 'backup',
      mode: 'snapshot',
      compress: 'zstd',
      enabled: 1,
      all: 1,
      comment: 'nightly',
      'next-run': Math.ceil(cluster.nowSeconds() / 86_400) * 86_400 - 10_800,
    },
  ];
}
