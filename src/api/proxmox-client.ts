import * as z from 'zod';
import { isIssuedBy } from '../net/peer-certificate.ts';
import type { Query } from '../net/query.ts';
import type { EndpointReport } from '../types/endpoint.ts';
import type { GuestKind } from '../types/guest.ts';
import { isTakenVmid, isUndefinedStorage, listRows, succeeds } from './calls.ts';
import * as cluster from './decode/cluster.ts';
import * as guest from './decode/guest.ts';
import * as inner from './decode/guest-inner.ts';
import * as onNode from './decode/node.ts';
import { nodeResource, resourcesUpTo } from './decode/resources.ts';
import { type Rows, rowsOf } from './decode/rows.ts';
import { task, taskStatus } from './decode/task.ts';
import { MAX_LOG_LINES, MAX_NODES, MAX_POOLS, MAX_STORAGES, MAX_TASKS, type RowLimit } from './limits.ts';
import { configPath, type GuestPlace, guestPath, nodePath, taskPath } from './paths.ts';
import { PlanReads } from './plan-reads.ts';
import type {
  CallOptions,
  PveAclEntry,
  PveBackupJob,
  PveClusterStatus,
  PveGuestConfig,
  PveGuestListEntry,
  PveGuestStatus,
  PveHaResource,
  PveHaStatus,
  PveInterface,
  PveLogLine,
  PveNodeCertificate,
  PveNodeResource,
  PveNodeStatus,
  PveNodeStorage,
  PveOsInfo,
  PvePendingEntry,
  PvePermissions,
  PvePool,
  PveResources,
  PveSnapshot,
  PveStorageContent,
  PveStoragePool,
  PveTask,
  PveTaskLogLine,
  PveTaskStatus,
  PveUser,
  PveVersion,
} from './pve-types.ts';
import * as pages from './task-pages.ts';
import { Transport, type TransportOptions } from './transport.ts';

/** `current`: what is in effect, without what waits for a restart. */
type ConfigQuery = { current?: boolean; snapshot?: string };

/** Opens a client for one cluster; close it when done. */
export function openProxmoxClient(options: TransportOptions): ProxmoxClient {
  return new ProxmoxClient(new Transport(options));
}

/**
 * The read calls of the Proxmox VE API, 7 to 9, decoded. One method per endpoint; all throw only AppError.
 * A row whose identity cannot be read is left out with a warning; of `/cluster/resources` it is counted.
 */
export class ProxmoxClient {
  readonly #transport: Transport;
  /** What only plans of actions ask. */
  readonly plans: PlanReads;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.plans = new PlanReads(transport);
  }

  /** Of whoever asks: `user@realm`, or `user@realm!name` of a token. */
  get credentialName(): string {
    return this.#transport.identity.name;
  }

  getVersion(options?: CallOptions): Promise<PveVersion> {
    return this.#transport.get('/version', { schema: cluster.version, kind: 'probe', ...options });
  }

  /** Whether the server answers at all, when it did not tell its version in time. Throws AppError. */
  async probe(options?: CallOptions): Promise<void> {
    await this.#transport.get('/access/permissions', { schema: z.unknown(), kind: 'probe', ...options });
  }

  /** The effective rights of whoever asks, needing none. */
  getPermissions(options?: CallOptions): Promise<PvePermissions> {
    return this.#transport.get('/access/permissions', { schema: cluster.permissions, ...options });
  }

  /** The same, on one path alone; empty where there are none. */
  getPermissionsAt(path: string, options?: CallOptions): Promise<PvePermissions> {
    return this.#transport.get('/access/permissions', { schema: cluster.permissions, query: { path }, ...options });
  }

  /** Who has which role where. All of it needs Sys.Audit on /access; without it there is less, or nothing. */
  getAcl(options?: CallOptions): Promise<PveAclEntry[]> {
    return listRows(this.#transport, '/access/acl', cluster.aclEntry, options);
  }

  /** From then on calls about a node go to that node's own address, when it can be reached and is trusted. */
  async getClusterStatus(options?: CallOptions): Promise<PveClusterStatus> {
    const read = { schema: cluster.clusterStatus, ...options };
    const { data, via } = await this.#transport.getPage('/cluster/status', read);
    this.#transport.learn(data.nodes, via);
    return data;
  }

  /** Only what the token may see; power states up to 10 s old. Throws AppError('limit') for more guests than are allowed. */
  getClusterResources(options?: CallOptions): Promise<PveResources> {
    const schema = resourcesUpTo(this.#transport.maxGuests);
    return this.#transport.get('/cluster/resources', { schema, ...options });
  }

  /** Running tasks and about 25 finished ones of each node. */
  getClusterTasks(options?: CallOptions): Promise<PveTask[]> {
    return listRows(this.#transport, '/cluster/tasks', task, { limit: MAX_TASKS, ...options });
  }

  /** Newest first. Those of others need Sys.Syslog on /. */
  getClusterLog({ max }: { max?: number } = {}, options?: CallOptions): Promise<PveLogLine[]> {
    return listRows(this.#transport, '/cluster/log', cluster.logLine, {
      limit: MAX_LOG_LINES,
      query: { max },
      ...options,
    });
  }

  getNodes(options?: CallOptions): Promise<PveNodeResource[]> {
    return listRows(this.#transport, '/nodes', nodeResource, { limit: MAX_NODES, ...options });
  }

  getNodeStatus(node: string, options?: CallOptions): Promise<PveNodeStatus> {
    return this.#transport.get(`${nodePath(node)}/status`, { schema: onNode.nodeStatus, node, ...options });
  }

  /** The node's certificates: pve-root-ca.pem, pve-ssl.pem and, when there is one, pveproxy-ssl.pem. Needs no privilege. */
  getNodeCertificates(node: string, options?: CallOptions): Promise<PveNodeCertificate[]> {
    return listRows(this.#transport, `${nodePath(node)}/certificates/info`, onNode.nodeCertificate, {
      node,
      ...options,
    });
  }

  /** `full` asks every QEMU process for its state as well. */
  getVMs(node: string, { full }: { full?: boolean } = {}, options?: CallOptions): Promise<PveGuestListEntry[]> {
    const read = { query: { full }, limit: this.#guestLimit(), node, ...options };
    return listRows(this.#transport, `${nodePath(node)}/qemu`, guest.guestListEntry, read);
  }

  getContainers(node: string, options?: CallOptions): Promise<PveGuestListEntry[]> {
    return listRows(this.#transport, `${nodePath(node)}/lxc`, guest.guestListEntry, {
      limit: this.#guestLimit(),
      node,
      ...options,
    });
  }

  getGuestStatus({ kind, node, vmid }: GuestPlace, options?: CallOptions): Promise<PveGuestStatus> {
    const path = `${guestPath(kind, node, vmid)}/status/current`;
    return this.#transport.get(path, { schema: guest.guestStatus(vmid), node, ...options });
  }

  /** Configured values, those that wait for a restart included; `current` for what is in effect. */
  getGuestConfig(place: GuestPlace, query: ConfigQuery = {}, options?: CallOptions): Promise<PveGuestConfig> {
    const read = { schema: guest.guestConfig, query, node: place.node, ...options };
    return this.#transport.get(configPath(place), read);
  }

  /** The configuration of a guest; undefined, without decoding it, when its file still has this digest. */
  getConfigUnless(
    digest: string | undefined,
    place: GuestPlace,
    options?: CallOptions,
  ): Promise<PveGuestConfig | undefined> {
    const read = { schema: guest.guestConfigUnless, knownDigest: digest, node: place.node, ...options };
    return this.#transport.get(configPath(place), read);
  }

  /** The storages as they are configured, without sizes, and how many could not be read. */
  getStorageDefinitions(options?: CallOptions): Promise<Rows<PveStoragePool>> {
    return this.#transport.get('/storage', { schema: rowsOf(onNode.storagePool, MAX_STORAGES), ...options });
  }

  getNodeStorage(node: string, options?: CallOptions): Promise<PveNodeStorage[]> {
    return listRows(this.#transport, `${nodePath(node)}/storage`, onNode.nodeStorage, {
      limit: MAX_STORAGES,
      node,
      ...options,
    });
  }

  /** May take long on a network storage. */
  getStorageContent(
    node: string,
    storage: string,
    query: { vmid?: number; content?: string } = {},
    options?: CallOptions,
  ): Promise<PveStorageContent[]> {
    const path = `${nodePath(node)}/storage/${encodeURIComponent(storage)}/content`;
    return listRows(this.#transport, path, onNode.storageContent, { query, kind: 'content', node, ...options });
  }

  /** One page, newest first, running ones at the head. `total` counts all that match. */
  async getTasks(
    node: string,
    query: pages.TaskQuery = {},
    options?: CallOptions,
  ): Promise<{ tasks: PveTask[]; total?: number | undefined }> {
    const { tasks, total } = await pages.readTaskPage(this.#transport, node, query, options);
    return { tasks: tasks.rows, total };
  }

  /** All tasks, page by page as they are asked for; each once, though pages shift while tasks start. */
  listTasks(node: string, query: Omit<pages.TaskQuery, 'start'> = {}, options?: CallOptions): AsyncIterable<PveTask> {
    return pages.readTasks(this.#transport, node, query, options);
  }

  getTaskStatus(node: string, upid: string, options?: CallOptions): Promise<PveTaskStatus> {
    return this.#transport.get(taskPath(node, upid, 'status'), { schema: taskStatus(upid), node, ...options });
  }

  /** One page; without `limit` it has 50 lines, with 0 all of them. */
  getTaskLog(
    node: string,
    upid: string,
    query: pages.LogQuery = {},
    options?: CallOptions,
  ): Promise<pages.TaskLogPage> {
    return pages.readTaskLogPage(this.#transport, { node, upid }, query, options);
  }

  listTaskLog(node: string, upid: string, options?: CallOptions): AsyncIterable<PveTaskLogLine> {
    return pages.readTaskLog(this.#transport, { node, upid }, options);
  }

  /** The last entry, `current`, stands for the present. */
  getSnapshots(kind: GuestKind, node: string, vmid: number, options?: CallOptions): Promise<PveSnapshot[]> {
    return listRows(this.#transport, `${guestPath(kind, node, vmid)}/snapshot`, guest.snapshot, { node, ...options });
  }

  getPending(kind: GuestKind, node: string, vmid: number, options?: CallOptions): Promise<PvePendingEntry[]> {
    return listRows(this.#transport, `${guestPath(kind, node, vmid)}/pending`, guest.pendingEntry, {
      node,
      ...options,
    });
  }

  /** What the system inside says: of a VM its agent (needs VM.Monitor, from 9 on VM.GuestAgent.Audit), of a container its kernel. Asked once. */
  getInterfaces({ kind, node, vmid }: GuestPlace, options?: CallOptions): Promise<PveInterface[]> {
    const path = `${guestPath(kind, node, vmid)}/${kind === 'lxc' ? 'interfaces' : 'agent/network-get-interfaces'}`;
    return this.#transport.get(path, { schema: inner.interfaces, kind: 'inner', node, ...options });
  }

  /** As {@link getInterfaces}, of a VM only. */
  getOsInfo(node: string, vmid: number, options?: CallOptions): Promise<PveOsInfo> {
    const path = `${guestPath('qemu', node, vmid)}/agent/get-osinfo`;
    return this.#transport.get(path, { schema: inner.osInfo, kind: 'inner', node, ...options });
  }

  /** Needs Sys.Audit on /. */
  getBackupJobs(options?: CallOptions): Promise<PveBackupJob[]> {
    return listRows(this.#transport, '/cluster/backup', cluster.backupJob, options);
  }

  /** One's own without any right; others' need Sys.Audit on /access/groups. A token is not its user. */
  getUser(userid: string, options?: CallOptions): Promise<PveUser> {
    return this.#transport.get(`/access/users/${encodeURIComponent(userid)}`, { schema: cluster.user, ...options });
  }

  getPools(options?: CallOptions): Promise<PvePool[]> {
    return listRows(this.#transport, '/pools', cluster.pool, { limit: MAX_POOLS, ...options });
  }

  getHaResources(options?: CallOptions): Promise<PveHaResource[]> {
    return listRows(this.#transport, '/cluster/ha/resources', guest.haResource, options);
  }

  getHaStatus(options?: CallOptions): Promise<PveHaStatus[]> {
    return listRows(this.#transport, '/cluster/ha/status/current', guest.haStatus, options);
  }

  /** Whether a storage is defined. Needs Datastore.Allocate on it. */
  isStorageDefined(storage: string, options?: CallOptions): Promise<boolean> {
    return succeeds(this.#transport, `/storage/${encodeURIComponent(storage)}`, isUndefinedStorage, options);
  }

  /** Whether no guest of the cluster has this vmid, also none that the token cannot see. Needs no privilege. */
  isVmidFree(vmid: number, options?: CallOptions): Promise<boolean> {
    return succeeds(this.#transport, '/cluster/nextid', isTakenVmid, { query: { vmid }, ...options });
  }

  /** Whatever a path gives, undecoded. Asked as lists of storages are, which may take long. */
  getRaw(
    path: string,
    { node, ...query }: { node?: string | undefined; query?: Query },
    options?: CallOptions,
  ): Promise<unknown> {
    return this.#transport.get(path, { schema: z.unknown(), kind: 'content', node, ...query, ...options });
  }

  /** The server's clock minus ours; null before the first answer. */
  clockSkewMs(): number | null {
    return this.#transport.clockSkewMs();
  }

  /** What its clock says. Epoch milliseconds. */
  serverNowMs(): number {
    return this.#transport.serverNowMs();
  }

  /** The addresses of the cluster, configured and learnt, and how they do. */
  endpoints(): readonly EndpointReport[] {
    return this.#transport.endpoints();
  }

  /** SHA-256 of the certificate of the connection that answered last, `AA:BB:…`; null before the first answer. */
  serverCertificate(): string | null {
    return this.#transport.serverCertificate();
  }

  /** Begins another run over the same connections: what an earlier one received does not count against its limit. */
  beginRun(): void {
    this.#transport.beginRun();
  }

  /**
   * Whether a certificate that an address has shown, named by its fingerprint, was signed by an authority. Whoever shows it has
   * proven in the TLS handshake that the key is theirs.
   */
  isIssuedBy(fingerprint: string, authorityPem: string): boolean {
    const certificate = this.#transport.findCertificate(fingerprint);
    return certificate !== undefined && isIssuedBy(certificate, authorityPem);
  }

  get requestCount(): number {
    return this.#transport.requestCount;
  }

  close(): void {
    this.#transport.close();
  }

  #guestLimit(): RowLimit {
    return { rows: this.#transport.maxGuests, of: 'guests' };
  }
}
