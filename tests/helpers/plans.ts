import type { Task } from '../../src/providers/proxmox/records/record.ts';
import type { PlannedChange } from '../../src/types/history.ts';
import type { GuestWrite, NodeWrite, StorageWrite, SyncPlan } from '../../src/types/plan.ts';
import type { ProviderConfig } from '../../src/types/provider.ts';
import { SECTIONS } from '../../src/types/section.ts';
import { taskRecord } from './records.ts';

/** A time on a fixed day: seconds after 2026-01-01T00:00:00Z. */
export function at(seconds: number): Date {
  return new Date(Date.UTC(2026, 0, 1) + seconds * 1000);
}

export const CONFIG: ProviderConfig = {
  name: 'home',
  type: 'proxmox',
  endpoints: ['https://pve1:8006'],
  tls: { mode: 'system' },
  credential: { kind: 'token', tokenId: 'rollcall@pve!ro', secretRef: 'env:PROXMOX_VE_API_TOKEN' },
};

/** A plan that writes nothing but its run. */
export function plan(
  providerId: string,
  over: Partial<Omit<SyncPlan, 'run'>> & { run?: Partial<SyncPlan['run']> } = {},
): SyncPlan {
  const { run, ...rest } = over;
  return {
    identity: null,
    permissions: null,
    guests: [],
    nodes: [],
    storages: [],
    held: null,
    incompleteSince: {},
    lastCompleteAt: null,
    changes: [],
    explanations: [],
    snapshots: [],
    records: [],
    sightings: null,
    guestTelemetry: [],
    nodeTelemetry: [],
    storageOnNodes: [],
    ...rest,
    run: {
      id: 'run0000000000001',
      providerId,
      trigger: 'manual',
      requested: ['nodes', 'vms'],
      startedAt: at(0),
      finishedAt: at(1),
      outcome: 'complete',
      scopes: [{ scope: 'guests', coverage: 'complete', count: 1 }],
      counts: { total: 1, new: 1, removed: 0, existing: 0, changed: 0 },
      warnings: [],
      error: null,
      ...run,
    },
  };
}

const SEEN = {
  presence: 'present',
  presenceReason: null,
  unobservableSince: null,
  firstSeenAt: at(1),
  lastSeenAt: at(1),
  goneAt: null,
} as const;

export function guest(id: string, vmid: number, over: Partial<GuestWrite> = {}): GuestWrite {
  return {
    id,
    kind: 'qemu',
    nativeId: `${vmid}`,
    vmid,
    document: {
      name: `vm-${vmid}`,
      node: 'pve1',
      status: 'running',
      tags: ['prod', 'web'],
      ostype: 'l26',
      memory: 2048,
      'net0.bridge': 'vmbr0',
    },
    identity: { uuid: `uuid-${id}`, ctime: 1_700_000_000, macs: ['BC:24:11:00:00:01'] },
    readSections: SECTIONS,
    changesSince: 0,
    lock: null,
    cpus: 2,
    bootDiskBytes: 2 ** 33,
    memoryBytes: 2 ** 31,
    diskBytes: 2 ** 35,
    previousId: null,
    ...SEEN,
    ...over,
  };
}

export function node(id: string, name: string, over: Partial<NodeWrite> = {}): NodeWrite {
  return {
    id,
    name,
    document: { status: 'online', version: '8.4.1', cpus: 8, memoryBytes: 2 ** 36 },
    ...SEEN,
    ...over,
  };
}

export function storage(id: string, name: string, over: Partial<StorageWrite> = {}): StorageWrite {
  return { id, name, document: { type: 'dir', content: ['images', 'iso'], shared: false }, ...SEEN, ...over };
}

export function change(resourceId: string, over: Partial<PlannedChange> = {}): PlannedChange {
  return {
    resourceType: 'guest',
    resourceId,
    kind: 'changed',
    event: null,
    patch: [['memory', 2048, 4096]],
    attribution: {
      actor: 'alice@pve',
      token: null,
      source: 'log',
      via: 'update VM',
      ref: 'pve1/17',
      confidence: 'exact',
      effectiveAt: at(0.5),
      notBefore: at(0),
    },
    ...over,
  };
}

export function task(upid: string, over: Partial<Task> = {}): Task {
  return taskRecord({ ref: upid, at: at(0), endedAt: at(1), ...over });
}
