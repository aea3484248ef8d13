import { serverError } from '../api-error.ts';
import { addToPool, createPool, deletePool, removeFromPool } from '../operations/membership.ts';
import type { Call, Route } from '../router.ts';
import { may, operationOf, requirePrivilege } from '../router.ts';
import { guestRow, type Row } from '../views/resources.ts';

const CHANGES = {
  vms: 'string:pve-vmid-list?',
  storage: 'string:pve-storage-id-list?',
  delete: 'boolean?',
  comment: 'string?',
} as const;
const ALLOW_MOVE = { '8.4': { 'allow-move': 'boolean?' } } as const;

function onPool(privilege: string): (call: Call) => void {
  return (call) => requirePrivilege(call, `/pool/${call.parameters['poolid']}`, privilege);
}

export const poolRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/pools',
    later: { '8.4': { poolid: 'string:pve-poolid?', type: 'qemu|lxc|storage?' } },
    handle: listPools,
  },
  {
    method: 'GET',
    path: '/pools/{poolid}',
    later: { '8.4': { type: 'qemu|lxc|storage?' } },
    allow: onPool('Pool.Audit'),
    handle: (call) => showPool(call),
  },
  {
    method: 'POST',
    path: '/pools',
    parameters: { poolid: 'string:pve-poolid', comment: 'string?' },
    allow: onPool('Pool.Allocate'),
    handle: (call) =>
      createPool(operationOf(call), call.parameters['poolid'] ?? '', call.parameters['comment'] ?? null),
  },
  {
    method: 'PUT',
    path: '/pools',
    since: '8.4',
    parameters: { poolid: 'string:pve-poolid', ...CHANGES },
    later: ALLOW_MOVE,
    allow: onPool('Pool.Allocate'),
    handle: updatePool,
  },
  {
    method: 'PUT',
    path: '/pools/{poolid}',
    parameters: CHANGES,
    later: ALLOW_MOVE,
    allow: onPool('Pool.Allocate'),
    handle: updatePool,
  },
  {
    method: 'DELETE',
    path: '/pools',
    since: '8.4',
    parameters: { poolid: 'string:pve-poolid' },
    allow: onPool('Pool.Allocate'),
    handle: (call) => deletePool(operationOf(call), call.parameters['poolid'] ?? ''),
  },
  {
    method: 'DELETE',
    path: '/pools/{poolid}',
    allow: onPool('Pool.Allocate'),
    handle: (call) => deletePool(operationOf(call), call.parameters['poolid'] ?? ''),
  },
];

function listPools(call: Call): Row[] {
  const only = call.parameters['poolid'];
  if (only !== undefined) {
    requirePrivilege(call, `/pool/${only}`, 'Pool.Audit');
    return [{ poolid: only, ...showPool(call) }];
  }
  const visible = [...call.cluster.pools.values()].filter((pool) => may(call, `/pool/${pool.id}`, 'Pool.Audit'));
  return visible.map((pool) => ({ poolid: pool.id, ...(pool.comment !== null && { comment: pool.comment }) }));
}

function showPool({ cluster, parameters }: Call): Row {
  const id = parameters['poolid'] ?? '';
  const pool = cluster.pools.get(id);
  if (!pool) throw serverError(`pool '${id}' does not exist`);
  const guests = [...cluster.guests.values()].filter((guest) => cluster.poolOf.get(guest.vmid) === id);
  const members = guests
    .filter((guest) => parameters['type'] === undefined || parameters['type'] === guest.kind)
    .map((guest) => {
      const { tags: _tags, hastate: _hastate, lock: _lock, ...row } = guestRow(cluster, guest, false);
      return row;
    });
  return { poolid: id, members, ...(pool.comment !== null && { comment: pool.comment }) };
}

function updatePool(call: Call): null {
  const { cluster, parameters } = call;
  const id = parameters['poolid'] ?? '';
  const pool = cluster.pools.get(id);
  if (!pool) throw serverError(`update pools failed: pool '${id}' does not exist`);
  if (parameters['comment'] !== undefined) pool.comment = parameters['comment'];
  const vmids = (parameters['vms'] ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean)
    .map(Number);
  const storages = (parameters['storage'] ?? '').split(/[,;\s]+/).filter(Boolean);
  if (parameters['delete'] === '1') {
    for (const storage of storages) pool.storages.delete(storage);
    return removeFromPool(operationOf(call), id, vmids);
  }
  for (const storage of storages) pool.storages.add(storage);
  return addToPool(operationOf(call), id, vmids, parameters['allow-move'] === '1');
}
