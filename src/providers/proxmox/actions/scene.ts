import type { ProxmoxClient } from '../../../api/proxmox-client.ts';
import type { PveGuestConfig, PveGuestStatus, PveHaResource, PvePermissions, PveTask } from '../../../api/pve-types.ts';
import type { ActionSubject } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import type { GuestIdentity } from '../../../types/guest.ts';
import { attempt } from '../../scope-reports.ts';
import { guestConfiguration } from '../guest-document.ts';
import type { ClusterFacts } from './cluster-facts.ts';

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
  /** What created, destroyed or restored a guest of this vmid since a run saw it last. */
  replacements: readonly PveTask[];
}

export interface SceneReader {
  client: ProxmoxClient;
  /** With the credential for actions: backups are seen by those who may make them. */
  acting: ProxmoxClient;
  facts: () => Promise<ClusterFacts>;
  permissions: () => Promise<PvePermissions>;
  signal: AbortSignal;
}

const REPLACING = /^(?:qm|vz)(?:create|destroy|restore|clone)$/;
/** How far a server's clock and ours may differ. */
const CLOCKS_MS = 5 * 60_000;

/** Reads one guest, wherever it is now. Throws AppError. */
export async function readScene(reader: Omit<SceneReader, 'acting'>, asked: ActionSubject): Promise<Scene> {
  const [cluster, permissions] = await Promise.all([reader.facts(), reader.permissions()]);
  const subject = asked.guestId === null ? asked : { ...asked, node: await nodeOf(reader, asked) };
  if (asked.guestId === null || subject.node === '') {
    return { subject: { ...subject, node: subject.node || asked.node }, cluster, permissions, guest: null };
  }
  const guest = await readGuest(reader, subject, cluster);
  const { name } = guest;
  return { subject: { ...subject, name, identity: comparableIdentity(guest.identity) }, cluster, permissions, guest };
}

/** Where it is: asked of the node that had it, and of the cluster's listing where that says no; empty: nowhere. */
async function nodeOf(
  { client, signal }: Pick<SceneReader, 'client' | 'signal'>,
  { kind, vmid, node }: ActionSubject,
): Promise<string> {
  const config = await attempt(configOf(client, { kind, node, vmid }, signal));
  if (!(config instanceof AppError)) return node;
  if (config.code !== 'no-such-guest' && config.code !== 'node-unreachable') throw config;
  const { guests } = await client.getClusterResources({ signal });
  const row = guests.find((one) => one.vmid === vmid && one.kind === kind);
  if (row === undefined || row.node === node) {
    if (config.code === 'node-unreachable') throw config;
    return '';
  }
  return row.node;
}

async function readGuest(
  { client, signal }: Pick<SceneReader, 'client' | 'signal'>,
  { kind, vmid, node, seenAt }: ActionSubject,
  { ha }: ClusterFacts,
): Promise<LiveGuest> {
  const place = { kind, node, vmid };
  const [config, status, tasks] = await Promise.all([
    configOf(client, place, signal),
    kind === 'qemu' ? client.getVMStatus(node, vmid, { signal }) : client.getContainerStatus(node, vmid, { signal }),
    seenAt === null || kind === 'qemu' ? [] : replacementsSince(client, place, { since: new Date(seenAt), signal }),
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
    replacements: tasks,
  };
}

function configOf(
  client: ProxmoxClient,
  { kind, node, vmid }: Pick<ActionSubject, 'kind' | 'node' | 'vmid'>,
  signal: AbortSignal,
): Promise<PveGuestConfig> {
  return kind === 'qemu'
    ? client.getVMConfig(node, vmid, {}, { signal })
    : client.getContainerConfig(node, vmid, {}, { signal });
}

/** A container has no uuid, and one that was made again may have everything else of the old one. */
async function replacementsSince(
  client: ProxmoxClient,
  { node, vmid }: Pick<ActionSubject, 'node' | 'vmid'>,
  { since, signal }: { since: Date; signal: AbortSignal },
): Promise<readonly PveTask[]> {
  const from = Math.floor((since.getTime() - CLOCKS_MS) / 1000);
  const { tasks } = await client.getTasks(node, { vmid, since: from, source: 'all', limit: 500 }, { signal });
  const seenAt = Math.floor((since.getTime() + (client.clockSkewMs() ?? 0)) / 1000);
  return tasks.filter(({ type, starttime }) => REPLACING.test(type) && starttime >= seenAt);
}

/** What tells a machine, without what any edit of its file changes. */
export function comparableIdentity({ digest: _, reading: __, ...identity }: GuestIdentity): GuestIdentity {
  return identity;
}
