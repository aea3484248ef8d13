import { ApiError, parameterError, serverError } from '../api-error.ts';
import { configDigest } from '../config-file.ts';
import { isDiskKey, volumeOf } from '../disks.ts';
import { configuredView, pendingRows } from '../guest-config.ts';
import type { Config, GuestKind, LabGuest } from '../model.ts';
import { requireGuest } from '../operations/operation.ts';
import type { Call, Route } from '../router.ts';
import { may, nodeOf, onGuest, refOf } from '../router.ts';
import { AGENT_OS, agentInterfaces, interfaces, isAgentEnabled } from '../views/agent.ts';
import { listRow, snapshotRows, statusCurrent, vmDetails } from '../views/guests.ts';
import type { Row } from '../views/resources.ts';

/** Reading VMs or containers: the two trees are alike but for a few things. */
export function guestRoutes(kind: GuestKind): readonly Route[] {
  const list = `/nodes/{node}/${kind}`;
  const one = `${list}/{vmid}`;
  const read = (path: string, handle: (call: Call) => unknown): Route => ({
    method: 'GET',
    path: `${one}${path}`,
    allow: onGuest('VM.Audit'),
    handle,
  });
  const guestOf = (call: Call): LabGuest => requireGuest(call.cluster, refOf(call, kind));
  const routes: Route[] = [
    {
      method: 'GET',
      path: list,
      ...(kind === 'qemu' && { parameters: { full: 'boolean?' } }),
      handle: (call) => listGuests(call, kind),
    },
    { method: 'GET', path: one, isLocal: true, handle: () => index(kind) },
    read('/status/current', (call) => statusCurrent(call.cluster, guestOf(call))),
    {
      ...read('/config', (call) => config(call, guestOf(call))),
      parameters: { current: 'boolean?', snapshot: 'string?' },
    },
    read('/pending', (call) => pendingRows(guestOf(call))),
    read('/snapshot', (call) => snapshotRows(guestOf(call))),
    {
      ...read('/feature', (call) => ({
        hasFeature: hasFeature(call, guestOf(call)) ? 1 : 0,
        nodes: [nodeOf(call).name],
      })),
      parameters: { feature: 'snapshot|clone|copy', snapname: 'string?' },
    },
  ];
  if (kind === 'lxc') routes.push({ ...read('/interfaces', (call) => interfaces(guestOf(call))), since: '8.4' });
  else routes.push(...agentRoutes(one, guestOf));
  return routes;
}

/** The right is VM.Monitor up to 8 and VM.GuestAgent.Audit from 9 on; no role of one release has the other's. */
function agentRoutes(one: string, guestOf: (call: Call) => LabGuest): Route[] {
  const read = (command: string, told: (guest: LabGuest) => unknown): Route => ({
    method: 'GET',
    path: `${one}/agent/${command}`,
    allow: onGuest('VM.Monitor', 'VM.GuestAgent.Audit'),
    handle: (call) => ({ result: told(requireAgent(guestOf(call))) }),
  });
  return [read('network-get-interfaces', agentInterfaces), read('get-osinfo', () => AGENT_OS)];
}

function requireAgent(guest: LabGuest): LabGuest {
  if (!isAgentEnabled(guest)) throw serverError('No QEMU guest agent configured');
  if (guest.power === 'stopped') throw serverError(`VM ${guest.vmid} is not running`);
  return guest;
}

/** Raw files have no snapshots. */
function hasFeature(call: Call, { kind, config: values }: LabGuest): boolean {
  if (call.parameters['feature'] !== 'snapshot') return true;
  const volumes = Object.entries(values).flatMap(([key, value]) => (isDiskKey(kind, key) ? volumeOf(value) : []));
  return volumes.every((volid) => !volid.endsWith('.raw'));
}

function index(kind: GuestKind): Row[] {
  const common = 'config pending status migrate resize rrd rrddata snapshot firewall';
  const words = kind === 'qemu' ? `${common} cloudinit agent monitor move` : `${common} interfaces`;
  return words.split(' ').map((subdir) => ({ subdir }));
}

function listGuests(call: Call, kind: GuestKind): Row[] {
  const { cluster } = call;
  const isFull = call.parameters['full'] === '1';
  return cluster
    .guestsOn(nodeOf(call).name, kind)
    .filter((guest) => may(call, `/vms/${guest.vmid}`, 'VM.Audit'))
    .map((guest) => ({ ...listRow(cluster, guest), ...(isFull && vmDetails(cluster, guest)) }));
}

function config(call: Call, guest: LabGuest): Config {
  const { current, snapshot } = call.parameters;
  const digest = configDigest(guest);
  if (snapshot !== undefined) {
    if (current !== undefined) throw parameterError({ snapshot: "cannot use 'snapshot' parameter with 'current'" });
    const saved = guest.snapshots.get(snapshot);
    if (!saved) throw new ApiError(500, `snapshot '${snapshot}' does not exist`);
    return { ...saved.config, snaptime: saved.snaptime, description: saved.description, digest };
  }
  return { ...(current === '1' ? guest.config : configuredView(guest)), digest };
}
