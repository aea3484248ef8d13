import { createHash } from 'node:crypto';
import { serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import type { LabHaResource } from '../model.ts';
import { addHa, changeHa, parseSid, removeHa, requireHa } from '../operations/membership.ts';
import { requestHaMigration } from '../operations/migrate.ts';
import type { Call, Route } from '../router.ts';
import { onRoot, operationOf } from '../router.ts';
import type { Row } from '../views/resources.ts';

const STATES = 'started|stopped|enabled|disabled|ignored?';
const SETTINGS = {
  state: STATES,
  comment: 'string?',
  group: 'string:pve-configid?',
  max_restart: 'integer>=0?',
  max_relocate: 'integer>=0?',
} as const;

const SINCE_9 = { '9.2': { failback: 'boolean?', 'auto-rebalance': 'boolean?' } } as const;

export const haRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/cluster/ha/resources',
    parameters: { type: 'vm|ct?' },
    allow: onRoot('Sys.Audit'),
    handle: ({ cluster, parameters }) => {
      const kind = { vm: 'qemu', ct: 'lxc' }[parameters['type'] ?? ''];
      return [...cluster.ha.values()]
        .filter((one) => kind === undefined || one.kind === kind)
        .map((one) => resourceRow(cluster, one));
    },
  },
  {
    method: 'GET',
    path: '/cluster/ha/resources/{sid}',
    allow: onRoot('Sys.Audit'),
    handle: ({ cluster, parameters }) =>
      resourceRow(cluster, requireHa(cluster, parseSid(cluster, parameters['sid'] ?? '').sid)),
  },
  {
    method: 'POST',
    path: '/cluster/ha/resources',
    parameters: { sid: 'string:pve-ha-resource-or-vm-id', type: 'ct|vm?', ...SETTINGS },
    later: SINCE_9,
    allow: onRoot('Sys.Console'),
    handle: (call) => addHa(operationOf(call), call.parameters['sid'] ?? '', change(call)),
  },
  {
    method: 'PUT',
    path: '/cluster/ha/resources/{sid}',
    parameters: { delete: 'string:pve-configid-list?', digest: 'string?', ...SETTINGS },
    later: SINCE_9,
    allow: onRoot('Sys.Console'),
    handle: (call) => changeHa(operationOf(call), call.parameters['sid'] ?? '', change(call)),
  },
  {
    method: 'DELETE',
    path: '/cluster/ha/resources/{sid}',
    later: { '9.2': { purge: 'boolean?' } },
    allow: onRoot('Sys.Console'),
    handle: (call) => removeHa(operationOf(call), call.parameters['sid'] ?? ''),
  },
  haMove('migrate'),
  haMove('relocate'),
  {
    method: 'GET',
    path: '/cluster/ha/status/current',
    allow: onRoot('Sys.Audit'),
    handle: ({ cluster }) => haStatus(cluster),
  },
  { method: 'GET', path: '/cluster/ha/groups', allow: onRoot('Sys.Audit'), handle: ({ cluster }) => haGroups(cluster) },
];

/** Asks the manager, who does it later; since 9 it says what comes along. */
function haMove(verb: 'migrate' | 'relocate'): Route {
  return {
    method: 'POST',
    path: `/cluster/ha/resources/{sid}/${verb}`,
    parameters: { node: 'string:pve-node' },
    isLocal: true,
    allow: onRoot('Sys.Console'),
    handle: (call) => {
      const { sid, vmid } = parseSid(call.cluster, call.parameters['sid'] ?? '');
      const target = call.parameters['node'] ?? '';
      requireHa(call.cluster, sid);
      requestHaMigration(call.cluster, vmid, target);
      return call.cluster.release === '9.2' ? { sid, 'requested-node': target } : null;
    },
  };
}

function change({ parameters }: Call): { state?: string; comment?: string; group?: string } {
  const { state, comment, group } = parameters;
  return {
    ...(state !== undefined && { state }),
    ...(comment !== undefined && { comment }),
    ...(group !== undefined && { group }),
  };
}

function resourceRow(cluster: Cluster, resource: LabHaResource): Row {
  const { sid, kind, state, comment, group } = resource;
  return {
    sid,
    type: kind === 'qemu' ? 'vm' : 'ct',
    state,
    digest: createHash('sha1')
      .update(JSON.stringify([...cluster.ha]))
      .digest('hex'),
    ...(comment !== null && { comment }),
    ...(group !== null && { group }),
  };
}

/** Groups became rules in 9. */
function haGroups(cluster: Cluster): Row[] {
  if (cluster.release === '9.2') throw serverError('cannot index groups: ha groups have been migrated to rules');
  return [];
}

function haStatus(cluster: Cluster): Row[] {
  const local = cluster.localNode().name;
  const timestamp = cluster.nowSeconds() - 3;
  const quorate = cluster.isQuorate();
  const rows: Row[] = [
    {
      id: 'quorum',
      type: 'quorum',
      node: local,
      status: quorate ? 'OK' : 'No quorum on node!',
      quorate: quorate ? 1 : 0,
    },
  ];
  if (cluster.release === '9.2') {
    rows.push({
      id: 'fencing',
      type: 'fencing',
      node: local,
      status: 'standby (CRM watchdog standby)',
      'armed-state': 'standby',
    });
  }
  if (cluster.ha.size === 0) return rows;
  const since = new Date(timestamp * 1000).toUTCString();
  rows.push({ id: 'master', type: 'master', node: local, status: `${local} (active, ${since})`, timestamp });
  for (const node of cluster.nodes.values()) {
    const isSeen = cluster.unseenSinceMs(node) === null;
    const mode = node.isInMaintenance ? 'maintenance mode' : isSeen ? 'active' : 'old timestamp - dead?';
    const status = `${node.name} (${mode}, ${since})`;
    rows.push({ id: `lrm:${node.name}`, type: 'lrm', node: node.name, status, timestamp });
  }
  for (const resource of cluster.ha.values()) rows.push(serviceRow(cluster, resource));
  return rows;
}

function serviceRow(cluster: Cluster, resource: LabHaResource): Row {
  const node = cluster.guests.get(resource.vmid)?.node ?? cluster.localNode().name;
  return {
    id: `service:${resource.sid}`,
    type: 'service',
    sid: resource.sid,
    node,
    state: resource.state,
    crm_state: resource.state,
    request_state: resource.state,
    max_relocate: 1,
    max_restart: 1,
    status: `${resource.sid} (${node}, ${resource.state})`,
    ...(resource.comment !== null && { comment: resource.comment }),
  };
}
