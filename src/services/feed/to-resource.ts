import type { Host, Node, Operation, Provider, Run, Storage } from '../../protocol/resources.ts';
import type { GuestRow, NodeRow, ProviderRow, ProviderStatus, StorageRow, StoredRun } from '../../types/inventory.ts';
import type { Operation as StoredOperation } from '../../types/operation.ts';
import type { Sighting } from '../../types/presence.ts';

function sightingOf({ presence, presenceReason, unobservableSince, firstSeenAt, lastSeenAt }: Sighting) {
  if (presence === 'present') return { presence, firstSeenAt: firstSeenAt.toISOString() } as const;
  return {
    presence: 'unobservable',
    ...(presenceReason !== null && { reason: presenceReason }),
    ...(unobservableSince !== null && { unobservableSince: unobservableSince.toISOString() }),
    firstSeenAt: firstSeenAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
  } as const;
}

/** Leaves out what has no value: most guests have no pool, lock or backup. */
export function toHost(guest: GuestRow, importedAs: string | undefined): Host {
  const { vmid, name, pool, lock, cpus, memoryBytes, diskBytes, osType, os, lastBackup } = guest;
  return {
    id: guest.id,
    providerId: guest.providerId,
    kind: guest.kind,
    ...(vmid !== null && { vmid }),
    nativeId: guest.nativeId,
    ...(name !== null && { name }),
    node: guest.node,
    status: guest.status,
    ...(guest.isTemplate && { isTemplate: true }),
    tags: [...guest.tags],
    ...(pool !== null && { pool }),
    ...(lock !== null && { lock }),
    ...(cpus !== null && { cpus }),
    ...(memoryBytes !== null && { memoryBytes }),
    ...(diskBytes !== null && { diskBytes }),
    ...(osType !== null && { osType }),
    ...(os !== null && { os: os.name }),
    addresses: [...new Set(guest.addresses.map(({ address }) => address))],
    ...(lastBackup !== null && { lastBackupAt: lastBackup.at.toISOString() }),
    ...(importedAs !== undefined && { importedAs }),
    ...sightingOf(guest),
  };
}

export function toNode(row: NodeRow): Node {
  const { id, providerId, name, status, version, cpus, memoryBytes } = row;
  return {
    id,
    providerId,
    name,
    status,
    ...(version !== null && { version }),
    ...(cpus !== null && { cpus }),
    ...(memoryBytes !== null && { memoryBytes }),
    ...sightingOf(row),
  };
}

export function toStorage(row: StorageRow): Storage {
  const { id, providerId, name, type, content, isShared } = row;
  return { id, providerId, name, ...(type !== null && { type }), content: [...content], isShared, ...sightingOf(row) };
}

export function toRun({ id, trigger, outcome, startedAt, finishedAt, rev, error, warnings }: StoredRun): Run {
  return {
    id,
    trigger,
    outcome,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    rev,
    error: error && { code: error.code, message: error.message },
    warnings: warnings.length,
  };
}

export function toProvider(row: ProviderRow, status: ProviderStatus): Provider {
  const { lastRun, schedule, watch } = status;
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    isEnabled: row.isEnabled,
    status: statusOf(row, status),
    clusterName: row.clusterName,
    schedule,
    lastRun: lastRun && toRun(lastRun),
    lastCompleteAt: status.lastCompleteAt?.toISOString() ?? null,
    pauseReason: watch.pausedAt === null ? null : watch.pauseReason,
    counts: { present: status.guests.present, unobservable: status.guests.unobservable },
    unobservable: status.unobservable.map(({ reason, count, since }) => ({
      reason,
      count,
      since: since?.toISOString() ?? null,
    })),
    incomplete: status.incomplete.map(({ scope, since, issue }) => ({
      scope,
      since: since.toISOString(),
      message: issue?.message ?? null,
    })),
    held: status.held.map(({ guestId, name, vmid, reason, firstHeldAt, runs }) => ({
      hostId: guestId,
      name,
      vmid,
      reason,
      firstHeldAt: firstHeldAt.toISOString(),
      runs,
    })),
    unavailableStorages: status.unavailableStorages.map(({ name, nodes }) => ({ name, nodes: [...nodes] })),
  };
}

function statusOf({ isEnabled }: ProviderRow, { lastRun, watch }: ProviderStatus): Provider['status'] {
  if (!isEnabled) return 'disabled';
  if (watch.pausedAt !== null) return 'paused';
  return lastRun?.outcome ?? 'never';
}

export function toOperation(operation: StoredOperation): Operation {
  const { id, kind, providerId, providerName, parameters, state, requestedBy, requestedVia } = operation;
  return {
    id,
    kind,
    providerId,
    providerName,
    parameters: { ...parameters },
    state,
    requestedBy,
    requestedVia,
    requestedAt: operation.requestedAt.toISOString(),
    startedAt: operation.startedAt?.toISOString() ?? null,
    finishedAt: operation.finishedAt?.toISOString() ?? null,
    progress: operation.progress,
    error: operation.error,
    cancelledBy: operation.cancelledBy,
    alsoAskedBy: [...operation.alsoAskedBy],
  };
}
