import type { Task } from '../../src/providers/proxmox/records/record.ts';
import type { Document } from '../../src/types/document.ts';
import type { GuestIdentity } from '../../src/types/guest.ts';
import type { Node } from '../../src/types/node.ts';
import type {
  ClusterIdentity,
  GuestObservation,
  NodeObservation,
  Observation,
  Permissions,
} from '../../src/types/observation.ts';
import type { GuestWrite, KnownGuest, KnownState, NodeWrite, StorageWrite, SyncPlan } from '../../src/types/plan.ts';
import { lineKey } from '../../src/types/record-key.ts';
import type { Storage } from '../../src/types/storage.ts';
import { taskRecord } from './records.ts';

export const MINUTE_MS = 60_000;
export const START = Date.UTC(2026, 10, 21, 10, 0, 0);

/** So many minutes after the start. */
export function minute(minutes: number): Date {
  return new Date(START + minutes * MINUTE_MS);
}

/** Everything, everywhere. */
export const AUDITOR: Permissions = {
  '/': { 'VM.Audit': true, 'Sys.Audit': true, 'Datastore.Audit': true, 'Pool.Audit': true, 'Sys.Syslog': true },
};

/** Of a server that tells nothing of its certificates. */
export const TEST_CLUSTER: ClusterIdentity = {
  clusterName: 'testcluster',
  nodeNames: ['pve1', 'pve2'],
  rootCa: null,
  certificates: [],
};

export const EVERY_SECTION = new Set(['placement', 'power', 'pool', 'ha', 'config'] as const);

/** A provider of which nothing is stored yet. */
export function emptyState(over: Partial<KnownState> = {}): KnownState {
  return {
    providerId: 'provider00000001',
    providerName: 'home',
    identity: null,
    otherProviders: [],
    permissions: null,
    guests: [],
    elsewhere: [],
    nodes: [],
    storages: [],
    held: [],
    incompleteSince: {},
    lastCompleteAt: null,
    recentRecords: [],
    ...over,
  };
}

export function vm(vmid: number, over: Partial<GuestObservation> = {}): GuestObservation {
  const node = over.node ?? 'pve1';
  const uuid = `uuid-${vmid}`;
  return {
    kind: 'qemu',
    nativeId: `${over.vmid ?? vmid}`,
    vmid,
    node,
    document: { name: `vm-${vmid}`, node, status: 'running', memory: 2048, 'smbios1.uuid': uuid },
    complete: EVERY_SECTION,
    identity: { uuid, ctime: 1000 + vmid, vmgenid: `gen-${vmid}` },
    lock: null,
    cpus: 2,
    bootDiskBytes: null,
    memoryBytes: 2 ** 31,
    diskBytes: 2 ** 35,
    telemetry: null,
    unobservable: null,
    powerSource: 'live',
    ...over,
  };
}

export function container(vmid: number, over: Partial<GuestObservation> = {}): GuestObservation {
  const rootfs = `local:${vmid}/vm-${vmid}-disk-0.raw`;
  const identity: GuestIdentity = { macs: [`BC:24:11:00:00:${vmid % 100}`], rootfs, hostname: `ct-${vmid}` };
  const base = vm(vmid, { kind: 'lxc', identity });
  const document = { name: `ct-${vmid}`, node: base.node, status: 'running', arch: 'amd64', 'rootfs.file': rootfs };
  return { ...base, document, ...over };
}

export function onlineNode(name: string): NodeObservation {
  return {
    name,
    status: 'online',
    document: { status: 'online', version: '8.4.21', cpus: 8, memoryBytes: 2 ** 34 },
    isComplete: true,
    telemetry: null,
    unobservable: null,
  };
}

export function offlineNode(name: string): NodeObservation {
  return { ...onlineNode(name), status: 'offline', document: { status: 'offline' }, isComplete: false };
}

/** A whole view of a quorate cluster of pve1 and pve2 at a minute. */
export function observe(minutes: number, over: Partial<Observation> = {}): Observation {
  return {
    startedAt: minute(minutes),
    observedAt: minute(minutes),
    clockSkewMs: 0,
    requested: ['nodes', 'vms', 'containers', 'storage', 'tasks'],
    identity: TEST_CLUSTER,
    version: '8.4.21',
    quorate: true,
    permissions: AUDITOR,
    scopes: ['nodes', 'guests', 'storage', 'log'].map((scope) => ({ scope, coverage: 'complete', count: 1 })),
    nodes: [onlineNode('pve1'), onlineNode('pve2')],
    guests: [],
    storages: [],
    records: [],
    warnings: [],
    ...over,
  };
}

let pid = 0;

export function task(type: string, vmid: number, minutes: number, over: Partial<Task> = {}): Task {
  const startedAt = minute(minutes);
  pid++;
  return taskRecord({
    ref: `UPID:pve1:${pid.toString(16).padStart(8, '0')}:00000000:00000000:${type}:${vmid}:admin@pve:`,
    at: startedAt,
    native: type,
    target: String(vmid),
    actor: 'admin@pve',
    ...over,
  });
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function toGuest(providerId: string, write: GuestWrite, lastSeenAt: Date): KnownGuest {
  const { previousId: _, document, ...rest } = write;
  return {
    ...rest,
    document,
    providerId,
    node: text(document['node']) ?? '',
    name: text(document['name']),
    lastSeenAt,
  };
}

function toNode(providerId: string, write: NodeWrite): Node {
  const status = write.document['status'];
  return {
    ...write,
    providerId,
    status: status === 'online' || status === 'offline' ? status : 'unknown',
    isInMaintenance: write.document['maintenance'] === true,
    version: text(write.document['version']),
    cpus: null,
    memoryBytes: null,
  };
}

function toStorage(providerId: string, write: StorageWrite): Storage {
  return { ...write, providerId, type: null, content: [], isShared: false, onNodes: [] };
}

/** What a database would hold after a plan: the documents by replaying the changes, so that a forgotten change shows. */
export function applyPlanToState(known: KnownState, plan: SyncPlan): KnownState {
  const { providerId } = known;
  const lastCompleteAt = plan.lastCompleteAt ?? known.lastCompleteAt;
  const documents = replayChanges(known, plan);
  const guests = upsert(known.guests, plan.guests, (write) => toGuest(providerId, write, write.lastSeenAt));
  const current = guests.filter(isThere).map((guest) => ({
    ...guest,
    lastSeenAt:
      guest.presence === 'present' && lastCompleteAt !== null && lastCompleteAt > guest.lastSeenAt
        ? lastCompleteAt
        : guest.lastSeenAt,
  }));
  const nodes = upsert(known.nodes, plan.nodes, (write) => toNode(providerId, write)).filter(isThere);
  const storages = upsert(known.storages, plan.storages, (write) => toStorage(providerId, write)).filter(isThere);
  for (const { id, document } of [...current, ...nodes, ...storages]) {
    const replayed = documents.get(id) ?? {};
    if (sorted(replayed) !== sorted(document)) {
      throw new Error(`the changes of ${id} give ${sorted(replayed)}, and the document is ${sorted(document)}`);
    }
  }
  const gone = guests.filter((guest) => !isThere(guest));
  const tasks = new Map(
    [...known.recentRecords, ...plan.records.filter(({ source }) => source !== 'log')].map((one) => [one.ref, one]),
  );
  return {
    ...known,
    identity: plan.identity ?? known.identity,
    permissions: plan.permissions ?? known.permissions,
    guests: current,
    nodes,
    storages,
    elsewhere: [...known.elsewhere, ...gone],
    held: plan.held ?? known.held,
    incompleteSince: plan.incompleteSince,
    lastCompleteAt,
    recentRecords: [...tasks.values()].slice(-200),
    recentLines: readLines(known, plan),
  };
}

function readLines({ recentLines }: KnownState, { records }: SyncPlan): NonNullable<KnownState['recentLines']> {
  const keys = records.filter(({ source }) => source === 'log').map(lineKey);
  return { since: new Date(0), keys: new Set([...(recentLines?.keys ?? []), ...keys]) };
}

function replayChanges(known: KnownState, plan: SyncPlan): ReadonlyMap<string, Document> {
  const documents = new Map<string, Map<string, Document[string]>>();
  for (const { id, document } of [...known.guests, ...known.nodes, ...known.storages])
    documents.set(id, new Map(Object.entries(document)));
  for (const { resourceId, patch } of plan.changes) {
    const document = documents.get(resourceId) ?? new Map<string, Document[string]>();
    for (const [path, before, after] of patch) {
      const was = document.get(path) ?? null;
      if (JSON.stringify(was) !== JSON.stringify(before)) {
        throw new Error(`${resourceId} ${path} was ${String(was)}, and the change says ${String(before)}`);
      }
      if (after === null) document.delete(path);
      else document.set(path, after);
    }
    documents.set(resourceId, document);
  }
  return new Map(Array.from(documents, ([id, fields]) => [id, Object.fromEntries(fields)]));
}

function upsert<T extends { id: string }, W extends { id: string }>(
  known: readonly T[],
  writes: readonly W[],
  convert: (write: W) => T,
): T[] {
  const rows = new Map(known.map((row) => [row.id, row]));
  for (const write of writes) rows.set(write.id, convert(write));
  return [...rows.values()];
}

function isThere({ presence }: { presence: string }): boolean {
  return presence !== 'gone';
}

function sorted(document: Document): string {
  return JSON.stringify(Object.entries(document).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
