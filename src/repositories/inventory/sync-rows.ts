import { guestFacts, nodeFacts, storageFacts } from '../../types/facts.ts';
import type { GuestTelemetry } from '../../types/guest.ts';
import { vmidOf } from '../../types/guest-key.ts';
import type { NodeTelemetry } from '../../types/node.ts';
import type { GuestWrite, NodeWrite, StorageWrite, SyncPlan } from '../../types/plan.ts';

/** The step of the provider to which rows belong: see FeedVersion in the schema. */
export interface RowOwner {
  providerId: string;
  seq: number;
}

export function toGuestRow({ providerId, seq }: RowOwner, guest: GuestWrite) {
  const { document } = guest;
  const facts = guestFacts(document);
  // Field by field: a first run has 10,000 guests, and spreading copies each.
  return {
    id: guest.id,
    kind: guest.kind,
    nativeId: guest.nativeId,
    vmid: vmidOf(guest),
    lock: guest.lock,
    document,
    identity: guest.identity,
    readSections: guest.readSections,
    changesSince: guest.changesSince,
    presence: guest.presence,
    presenceReason: guest.presenceReason,
    unobservableSince: guest.unobservableSince,
    firstSeenAt: guest.firstSeenAt,
    lastSeenAt: guest.lastSeenAt,
    goneAt: guest.goneAt,
    previousId: guest.previousId,
    providerId,
    node: facts.node ?? '',
    name: facts.name,
    status: facts.status ?? 'unknown',
    isTemplate: facts.isTemplate,
    tags: facts.tags,
    pool: facts.pool,
    osType: facts.osType,
    cpus: guest.cpus,
    memoryBytes: whole(guest.memoryBytes),
    diskBytes: whole(guest.diskBytes),
    bootDiskBytes: whole(guest.bootDiskBytes),
    uuid: guest.identity.uuid ?? null,
    seq,
  };
}

export function toNodeRow(owner: RowOwner, node: NodeWrite) {
  const { status, version, cpus, memoryBytes } = nodeFacts(node.document);
  return {
    ...node,
    ...owner,
    status: status ?? 'unknown',
    version,
    cpus: whole(cpus),
    memoryBytes: whole(memoryBytes),
  };
}

export function toStorageRow(owner: RowOwner, storage: StorageWrite) {
  return { ...storage, ...owner, ...storageFacts(storage.document) };
}

export function toGuestTelemetryRow(telemetry: { guestId: string } & GuestTelemetry) {
  return {
    guestId: telemetry.guestId,
    cpu: telemetry.cpu,
    memoryUsedBytes: whole(telemetry.memoryUsedBytes),
    diskUsedBytes: whole(telemetry.diskUsedBytes),
    uptimeSeconds: whole(telemetry.uptimeSeconds),
    netInBytes: whole(telemetry.netInBytes),
    netOutBytes: whole(telemetry.netOutBytes),
    lastReportAt: telemetry.lastReportAt ?? null,
  };
}

export function toNodeTelemetryRow(telemetry: { nodeId: string } & NodeTelemetry) {
  return {
    id: telemetry.nodeId,
    cpu: telemetry.cpu,
    memoryUsedBytes: whole(telemetry.memoryUsedBytes),
    diskBytes: whole(telemetry.diskBytes),
    diskUsedBytes: whole(telemetry.diskUsedBytes),
    uptimeSeconds: whole(telemetry.uptimeSeconds),
  };
}

export function toStorageOnNodeRow(seen: SyncPlan['storageOnNodes'][number]) {
  return { ...seen, totalBytes: whole(seen.totalBytes), usedBytes: whole(seen.usedBytes) };
}

/** For bigint columns: PostgreSQL refuses `1.5` and `1e21` there. */
function whole(value: number | null): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Math.round(value)));
}
