import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import { attempt } from '../scope-reports.ts';
import type { ClusterView } from './cluster.ts';

/** By node: whether the HA manager has it in maintenance. A node that is not named was not told of. */
export type Maintenance = ReadonlyMap<string, boolean>;

/** `pve2 (maintenance mode, Thu Nov 26 11:30:31 2026)`. Source: pve-ha-manager PVE/API2/HA/Status.pm. */
const MAINTENANCE_MODE = '(maintenance mode';

/**
 * Which nodes are in maintenance. From 8 on their rows in /cluster/resources tell; before that only the status of HA, which is
 * asked where there is a guest that HA manages: without HA there is no maintenance.
 */
export async function readMaintenance(
  client: Pick<ProxmoxClient, 'getHaStatus'>,
  view: ClusterView,
  call: CallOptions,
): Promise<Maintenance> {
  if (view.resources instanceof AppError || view.quorate === false) return new Map();
  const names = [...view.nodes.keys()];
  const { nodes, guests } = view.resources;
  const isToldByRows = nodes.some(({ hastate }) => hastate !== undefined);
  if (isToldByRows || !guests.some(({ hastate }) => hastate !== undefined)) {
    const states = new Map(nodes.map(({ node, hastate }) => [node, hastate]));
    return new Map(names.filter((name) => states.has(name)).map((name) => [name, states.get(name) === 'maintenance']));
  }
  const status = await attempt(client.getHaStatus(call));
  if (status instanceof AppError) return new Map();
  const managers = status.filter(({ type }) => type === 'lrm');
  return new Map(managers.map(({ node = '', status: text = '' }) => [node, text.includes(MAINTENANCE_MODE)]));
}
