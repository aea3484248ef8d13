import type { ReplayAnswers } from '../helpers/replay-server.ts';
import { answerOf, answersOf, dataOf, madeOf, type Row } from './recordings.ts';
import { CONFIGURATIONS } from './standalone.ts';

const OFFLINE = [
  'offline_stale5min_node2_qemu',
  'offline_stale5min_node2_status',
  'offline_never_seen_nodes_pve3_status',
];
const DEGRADED_KEYS = ['id', 'type', 'node', 'vmid', 'storage', 'shared', 'plugintype', 'content', 'tags', 'pool'];

/** What the recorded cluster answers while all of it but the node never seen is there. */
export function onlineAnswers(): ReplayAnswers {
  const resources = dataOf('cluster/stale_nostatd_cluster_resources').filter(({ type }) =>
    isNeitherGuestNorStorage(type),
  );
  return {
    ...commonAnswers(),
    ...answersOf(
      ['online_node2_lxc', 'online_node2_qemu', 'online_node2_status', 'online_node2_vm300_config'].map(inCluster),
    ),
    'GET /cluster/status': answerOf('cluster/stale_nostatd_cluster_status'),
    'GET /cluster/resources': madeOf([
      ...dataOf('cluster/online_cluster_resources_vm'),
      ...dataOf('cluster/online_cluster_resources_storage'),
      ...resources,
    ]),
    // The configuration of VM 302 was not recorded.
    'GET /nodes/pve2/qemu/302/config': madeOf({
      name: 'n2-stopped',
      memory: '256',
      scsi0: 'local:302/vm-302-disk-0.qcow2,size=1G',
    }),
    'GET /nodes/pve2/tasks?source=all&limit=500': madeOf(
      dataOf('cluster/online_cluster_tasks').filter(({ node }) => node === 'pve2'),
    ),
  };
}

function isNeitherGuestNorStorage(type: unknown): boolean {
  return type !== 'qemu' && type !== 'lxc' && type !== 'storage';
}

/** pve1, and what the recorder asked only while the server stood alone. */
function commonAnswers(): ReplayAnswers {
  return {
    ...answersOf(['standalone/access_permissions_auditor', 'cluster/noquorum_version', 'cluster/noquorum_qemu_list']),
    ...answersOf(Object.values(CONFIGURATIONS)),
    'GET /cluster/log?max=500': answerOf('standalone/cluster_log'),
    'GET /nodes/pve1/lxc': madeOf(dataOf('cluster/online_cluster_resources_vm').filter(({ type }) => type === 'lxc')),
    'GET /nodes/pve1/tasks?source=all&limit=500': answerOf('standalone/node_tasks'),
  };
}

/** pve2 is switched off: the view of pve1 with the given status and rows. */
export function offlineAnswers(status: ReplayAnswers[string], resources: ReplayAnswers[string]): ReplayAnswers {
  return {
    ...commonAnswers(),
    ...answersOf(OFFLINE.map(inCluster)),
    'GET /cluster/status': status,
    'GET /cluster/resources': resources,
  };
}

/** The cluster without pve2, as recorded but for `quorate`: quorum was forced by then, and the answer still said 0. */
export function quorateWithoutNode(name = 'offline_quorate'): ReplayAnswers[string] {
  const rows = dataOf(`cluster/${name}_cluster_status`);
  return madeOf(rows.map((row) => (row['type'] === 'cluster' ? { ...row, quorate: 1 } : row)));
}

/** Rows five minutes after the last word of pve2: as those of the node never seen were recorded. */
export function degradedResources(): ReplayAnswers[string] {
  const rows = dataOf('cluster/lostquorum_cluster_resources');
  return madeOf(rows.map((row) => (row['node'] === 'pve2' && row['type'] !== 'sdn' ? degrade(row) : row)));
}

function degrade(row: Row): Row {
  const kept = Object.entries(row).filter(([key]) => DEGRADED_KEYS.includes(key));
  return { ...Object.fromEntries(kept), status: row['type'] === 'node' ? 'offline' : 'unknown' };
}

/** The cluster is whole and VM 101 is in the recorded state of its HA manager. */
export function haAnswers(recording: string): ReplayAnswers {
  const guests = dataOf(inCluster(recording));
  const others = dataOf('cluster/stale_nostatd_cluster_resources').filter(
    ({ type }) => type !== 'qemu' && type !== 'lxc',
  );
  const status = guests.find(({ vmid }) => vmid === 101)?.['status'];
  const live = dataOf('cluster/noquorum_qemu_list').map((row) => (row['vmid'] === 101 ? { ...row, status } : row));
  return {
    ...onlineAnswers(),
    'GET /cluster/resources': madeOf([...guests, ...others]),
    'GET /nodes/pve1/qemu?full=1': madeOf(live),
  };
}

export function inCluster(name: string): string {
  return `cluster/${name}`;
}
