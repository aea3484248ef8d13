import type { ProxmoxClient } from '../../../api/proxmox-client.ts';
import type { PveGuestConfig, PveGuestStatus, PveHaResource, PvePermissions } from '../../../api/pve-types.ts';
import type { ActionSubject } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import type { GuestIdentity } from '../../../types/guest.ts';
import { attempt } from '../../scope-reports.ts';
import type { ApiRelease, Endpoints } from '../endpoints/read-endpoints.ts';
import { guestConfiguration } from '../guest-document.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import { replacementsSince } from './replacements.ts';

/** One guest as the server has it now, with what the cluster says about it. */
export interface Scene {
  /** Where it was found. */
  subject: ActionSubject;
  cluster: ClusterFacts;
  /** Of the account that acts. */
  permissions: PvePermissions;
  /** null: no guest has this vmid, or one of another kind. */
  guest: LiveGuest | null;
}

export interface LiveGuest {
  /** Configured values, those that wait for a restart included. */
  config: PveGuestConfig;
  status: PveGuestStatus;
  identity: GuestIdentity;
  name: string | null;
  isTemplate: boolean;
  lock: string | null;
  isProtected: boolean;
  /** Started in any way: also paused. */
  isRunning: boolean;
  /** Of a VM, why it does not run although it is started: `paused`, `suspended`. */
  qmpstatus: string | null;
  ha: PveHaResource | null;
  /** Why another guest may have this vmid since a run saw it last; empty: nothing says so. */
  replacements: readonly string[];
}

/** What a guest is read with. */
export interface GuestReader {
  client: ProxmoxClient;
  facts: () => Promise<ClusterFacts>;
  permissions: () => Promise<PvePermissions>;
  signal: AbortSignal;
}

export interface SceneReader extends GuestReader {
  /** With the credential for actions: backups are seen by those who may make them. */
  acting: ProxmoxClient;
  /** What the calls of a release take. */
  endpoints: (release: ApiRelease) => Endpoints;
}

/** Reads one guest, wherever it is now. Throws AppError. */
export async function readScene(reader: GuestReader, asked: ActionSubject): Promise<Scene> {
  const [cluster, permissions] = await Promise.all([reader.facts(), reader.permissions()]);
  if (asked.guestId === null) return { subject: asked, cluster, permissions, guest: null };
  const found = await find(reader, asked);
  if (found === null) return { subject: asked, cluster, permissions, guest: null };
  const guest = await readGuest(reader, asked, { found, cluster });
  const { name } = guest;
  const identity = comparableIdentity(guest.identity);
  return { subject: { ...asked, node: found.node, name, identity }, cluster, permissions, guest };
}

interface Found {
  node: string;
  config: PveGuestConfig;
}

/** Asked of the node that had it, and of the cluster's listing where that says no; null: it is nowhere. */
async function find({ client, signal }: GuestReader, { kind, vmid, node }: ActionSubject): Promise<Found | null> {
  const config = await attempt(client.getGuestConfig({ kind, node, vmid }, {}, { signal }));
  if (!(config instanceof AppError)) return { node, config };
  if (config.code !== 'no-such-guest' && config.code !== 'node-unreachable') throw config;
  const { guests } = await client.getClusterResources({ signal });
  const row = guests.find((one) => one.vmid === vmid && one.kind === kind);
  if (row === undefined || row.node === node) {
    if (config.code === 'node-unreachable') throw config;
    return null;
  }
  const moved = { kind, node: row.node, vmid };
  return { node: row.node, config: await client.getGuestConfig(moved, {}, { signal }) };
}

async function readGuest(
  { client, signal }: GuestReader,
  { kind, vmid, node: before, seenAt }: ActionSubject,
  { found: { node, config }, cluster: { ha, nodes } }: { found: Found; cluster: ClusterFacts },
): Promise<LiveGuest> {
  const [status, replacements] = await Promise.all([
    client.getGuestStatus({ kind, node, vmid }, { signal }),
    seenAt === null
      ? []
      : replacementsSince(client, { before, node, vmid, since: new Date(seenAt) }, { nodes, signal }),
  ]);
  const { identity, fields } = guestConfiguration(kind, config, null);
  const name = new Map(fields).get(kind === 'qemu' ? 'name' : 'hostname');
  return {
    config,
    status,
    identity,
    name: typeof name === 'string' ? name : (status.name ?? null),
    isTemplate: String(config['template'] ?? '0') === '1',
    lock: typeof config['lock'] === 'string' && config['lock'] !== '' ? config['lock'] : null,
    isProtected: String(config['protection'] ?? '0') === '1',
    isRunning: status.status === 'running',
    qmpstatus: status.qmpstatus ?? null,
    ha: ha.find(({ sid }) => sid === `${kind === 'qemu' ? 'vm' : 'ct'}:${vmid}`) ?? null,
    replacements,
  };
}

/** What tells a machine, without what any edit of its file changes. */
export function comparableIdentity({ digest: _, reading: __, ...identity }: GuestIdentity): GuestIdentity {
  return identity;
}
