import type { GuestKind } from '../../types/guest.ts';
import { ApiError, parameterError } from '../api-error.ts';
import { configDigest, configuredView, pendingRows } from '../guest-config.ts';
import type { Config } from '../model.ts';
import { requireGuest } from '../operations/operation.ts';
import type { Call, Route } from '../router.ts';
import { may, nodeOf, onGuest, refOf } from '../router.ts';
import { interfaces, listRow, snapshotRows, statusCurrent, vmDetails } from '../views/guests.ts';
import type { Row } from '../views/resources.ts';

/** Reading VMs or containers: the two trees are alike but for a few things. */
export function guestRoutes(kind: GuestKind): readonly Route[] {
  const list = `/nodes/{node}/${kind}`;
  const one = `${list}/{vmid}`;
  const audit = onGuest('VM.Audit');
  const routes: Route[] = [
    {
      method: 'GET',
      path: list,
      ...(kind === 'qemu' && { parameters: { full: 'boolean?' } }),
      handle: (call) => listGuests(call, kind),
    },
    { method: 'GET', path: one, isLocal: true, handle: () => index(kind) },
    {
      method: 'GET',
      path: `${one}/status/current`,
      allow: audit,
      handle: (call) => statusCurrent(call.cluster, requireGuest(call.cluster, refOf(call, kind))),
    },
    {
      method: 'GET',
      path: `${one}/config`,
      parameters: { current: 'boolean?', snapshot: 'string?' },
      allow: audit,
      handle: (call) => config(call, kind),
    },
    {
      method: 'GET',
      path: `${one}/pending`,
      allow: audit,
      handle: (call) => pendingRows(requireGuest(call.cluster, refOf(call, kind))),
    },
    {
      method: 'GET',
      path: `${one}/snapshot`,
      allow: audit,
      handle: (call) => snapshotRows(requireGuest(call.cluster, refOf(call, kind))),
    },
  ];
  if (kind === 'lxc') {
    const path = `${one}/interfaces`;
    routes.push({
      method: 'GET',
      path,
      since: '8.4',
      allow: audit,
      handle: (call) => interfaces(requireGuest(call.cluster, refOf(call, kind))),
    });
  }
  return routes;
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

function config(call: Call, kind: GuestKind): Config {
  const { current, snapshot } = call.parameters;
  const guest = requireGuest(call.cluster, refOf(call, kind));
  const digest = configDigest(guest);
  if (snapshot !== undefined) {
    if (current !== undefined) throw parameterError({ snapshot: "cannot use 'snapshot' parameter with 'current'" });
    const saved = guest.snapshots.get(snapshot);
    if (!saved) throw new ApiError(500, `snapshot '${snapshot}' does not exist`);
    return { ...saved.config, snaptime: saved.snaptime, description: saved.description, digest };
  }
  return { ...(current === '1' ? guest.config : configuredView(guest)), digest };
}
