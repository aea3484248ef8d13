import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveStoragePool, PveStorageResource } from '../../api/pve-types.ts';
import type { Document } from '../../types/document.ts';
import { AppError } from '../../types/errors.ts';
import type { ScopeReport, StorageObservation } from '../../types/observation.ts';
import { holds } from '../../types/permissions.ts';
import { attempt } from '../scope-reports.ts';
import { type ClusterView, missingOf } from './cluster.ts';
import { unreadableScope } from './guest-scope.ts';
import { NEEDED } from './permissions.ts';
import { failedScope, scopeWithRights } from './scopes.ts';

/** Definitions of storages by name; null when they could not be read whole. */
export type StorageDefinitions = ReadonlyMap<string, PveStoragePool> | null;

export interface StoragesRead {
  storages: readonly StorageObservation[];
  scope: ScopeReport;
  /** Names of all storages that are defined; absent when the definitions could not be read. */
  defined?: readonly string[];
}

type Rows = ReadonlyMap<string, readonly PveStorageResource[]>;

/** pvestatd of a node that has just started may not have looked at its storages yet; it does so every 10 s. */
const SETTLED_AFTER_S = 60;

/** /storage has every storage that is defined, the disabled ones included, and needs the same right as the listing. */
export async function readDefinitions(client: ProxmoxClient, call: CallOptions): Promise<StorageDefinitions> {
  const answer = await attempt(client.getStorageDefinitions(call));
  if (answer instanceof AppError || answer.unreadable > 0) return null;
  return new Map(answer.rows.map((storage) => [storage.storage, storage]));
}

/**
 * The storages of the cluster's listing, which has one row for each enabled storage and node, shared or not; and those that are
 * only defined: disabled, or for no node of the cluster.
 */
export function readStorages(view: ClusterView, definitions: StorageDefinitions): StoragesRead {
  if (view.resources instanceof AppError) return { storages: [], scope: failedScope('storage', view.resources) };
  const rows = groupRows(view.resources.storages);
  // A list that lacks what the cluster shows was cut short.
  const isWhole = definitions !== null && Array.from(rows.keys()).every((name) => definitions.has(name));
  const unlisted = isWhole ? [...definitions.values()].filter(({ storage }) => !rows.has(storage)) : [];
  const members = [...view.nodes.keys()];
  const isIdle = (storage: PveStoragePool) => storage.disable === true || nodesOf(storage, members).length === 0;
  const storages = [
    ...Array.from(rows, ([name, ofStorage]) => observeStorage(view, name, ofStorage)),
    ...unlisted.filter(isIdle).map((storage) => observeIdle(storage, members)),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  const lost = unlisted.filter((storage) => !isIdle(storage) && mayList(view, storage));
  return {
    storages,
    scope: storageScope(view, storages.length, lost),
    ...(isWhole && { defined: [...definitions.keys()].sort() }),
  };
}

function storageScope(view: ClusterView, count: number, lost: readonly PveStoragePool[]): ScopeReport {
  const unreadable = view.resources instanceof AppError ? 0 : view.resources.unreadable;
  if (unreadable > 0) return unreadableScope('storage', count, unreadable);
  if (lost.length === 0) return scopeWithRights('storage', count, missingOf(view, NEEDED.storage));
  const names = lost.map(({ storage }) => storage).sort();
  const message = `/cluster/resources lacks ${names.join(', ')}, though ${names.length === 1 ? 'it is' : 'they are'} defined and enabled`;
  return { scope: 'storage', coverage: 'error', count, message, hint: 'run it again; the listing was cut short' };
}

/** A definition is shown to those as well who may only put volumes there. */
function mayList({ permissions, membersDoubt }: ClusterView, { storage }: PveStoragePool): boolean {
  return membersDoubt === null && permissions !== null && holds(permissions, `/storage/${storage}`, 'Datastore.Audit');
}

/** One row for each node; what comes twice is told once. */
function groupRows(resources: readonly PveStorageResource[]): Rows {
  const byName = new Map<string, Map<string, PveStorageResource>>();
  for (const row of resources) {
    const rows = byName.get(row.storage) ?? new Map<string, PveStorageResource>();
    rows.set(row.node, row);
    byName.set(row.storage, rows);
  }
  return new Map(Array.from(byName, ([name, rows]) => [name, [...rows.values()].sort(byNode)]));
}

function byNode(a: PveStorageResource, b: PveStorageResource): number {
  return a.node < b.node ? -1 : 1;
}

function observeStorage(view: ClusterView, name: string, rows: readonly PveStorageResource[]): StorageObservation {
  return {
    name,
    document: storageDocument(rows),
    onNodes: rows.map(({ node, status = 'unknown', maxdisk, disk }) => ({
      node,
      status,
      totalBytes: maxdisk ?? null,
      usedBytes: disk ?? null,
      ...(!isTelling(view, node) && { isUntold: true }),
    })),
  };
}

/** The state of a storage comes with the figures of its node: of one that tells none it is `unknown`, whatever it is. */
function isTelling({ nodes, quorate }: ClusterView, name: string): boolean {
  const node = nodes.get(name);
  if (node?.status !== 'online' || quorate === false) return false;
  const { status, uptime } = node.row ?? {};
  return status === 'online' && (uptime === undefined || uptime >= SETTLED_AFTER_S);
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

/** One that no node uses. What its definition does not say stays as it was. */
function observeIdle(storage: PveStoragePool, members: readonly string[]): StorageObservation {
  const { type, content = [], shared, disable } = storage;
  return {
    name: storage.storage,
    document: {
      ...(type !== '' && { type }),
      ...(content.length > 0 && { content: [...new Set(content)].sort() }),
      ...(shared === true && { shared: true }),
      nodes: nodesOf(storage, members),
      ...(disable === true && { disabled: true }),
    },
    isPartial: true,
    onNodes: [],
  };
}

/** Nodes of the cluster that may use it; without a list all. */
function nodesOf({ nodes }: PveStoragePool, members: readonly string[]): string[] {
  return members.filter((name) => nodes === undefined || nodes.length === 0 || nodes.includes(name)).sort();
}
