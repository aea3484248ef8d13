import type { PveStorageResource } from '../../api/pve-types.ts';
import type { Document } from '../../types/document.ts';
import { AppError } from '../../types/errors.ts';
import type { ScopeReport, StorageObservation } from '../../types/observation.ts';
import { failedScope, scopeWithRights } from './attempt.ts';
import { type ClusterView, missingOf } from './cluster.ts';
import { unreadableScope } from './guest-scope.ts';
import { NEEDED } from './permissions.ts';

/** The storages of the cluster's listing, which has one row for each storage and node, shared or not. */
export function readStorages(view: ClusterView): { storages: readonly StorageObservation[]; scope: ScopeReport } {
  if (view.resources instanceof AppError) return { storages: [], scope: failedScope('storage', view.resources) };
  const byName = new Map<string, PveStorageResource[]>();
  for (const row of view.resources.storages) {
    const rows = byName.get(row.storage);
    if (rows) rows.push(row);
    else byName.set(row.storage, [row]);
  }
  const storages = [...byName.keys()].sort().map((name) => observeStorage(name, byName.get(name) ?? []));
  const { unreadable } = view.resources;
  const scope =
    unreadable > 0
      ? unreadableScope('storage', storages.length, unreadable)
      : scopeWithRights('storage', storages.length, missingOf(view, NEEDED.storage));
  return { storages, scope };
}

function observeStorage(name: string, rows: readonly PveStorageResource[]): StorageObservation {
  // One row of each node, should a row come twice.
  const sorted = [...new Map(rows.map((row) => [row.node, row])).values()].toSorted((a, b) =>
    a.node < b.node ? -1 : 1,
  );
  return {
    name,
    document: storageDocument(sorted),
    onNodes: sorted.map(({ node, status, maxdisk, disk }) => ({
      node,
      status: status ?? 'unknown',
      totalBytes: maxdisk ?? null,
      usedBytes: disk ?? null,
    })),
  };
}

function storageDocument(rows: readonly PveStorageResource[]): Document {
  const type = rows.find(({ plugintype }) => plugintype !== undefined)?.plugintype;
  const content = [...new Set(rows.flatMap((row) => row.content ?? []))].sort();
  return {
    ...(type !== undefined && { type }),
    ...(content.length > 0 && { content }),
    ...(rows.some(({ shared }) => shared === true) && { shared: true }),
    nodes: rows.map(({ node }) => node),
  };
}
