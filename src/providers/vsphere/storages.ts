import type { Document } from '../../types/document.ts';
import { AppError } from '../../types/errors.ts';
import type { ObservedOnNode, ScopeReport, StorageObservation } from '../../types/observation.ts';
import { type Fields, toDocument } from '../present-fields.ts';
import { failedScope } from '../scope-reports.ts';
import { whyHostIsSilent } from './host-state.ts';
import type { VsphereDatastore, VsphereMount } from './read-datastores.ts';
import type { VsphereHost } from './read-hosts.ts';
import type { Walk } from './soap/walk.ts';
import { type RootAccess, walkScope } from './walk-scope.ts';

export interface StoragesSeen {
  storages: readonly StorageObservation[];
  scope: ScopeReport;
  /** Absent unless the list is whole. */
  defined?: readonly string[];
}

type Hosts = ReadonlyMap<string, VsphereHost>;

/** What a walk of all datastores says. Pure. */
export function observeStorages(
  datastores: Walk<VsphereDatastore> | AppError,
  hosts: Hosts,
  access: RootAccess,
): StoragesSeen {
  if (datastores instanceof AppError) return { storages: [], scope: failedScope('storage', datastores) };
  const scope = walkScope('storage', datastores, access);
  const nameOf = storageNames(datastores.rows);
  const storages = datastores.rows
    .flatMap((row) => {
      const name = nameOf(row);
      return name === null ? [] : [observeStorage(row, name, hosts)];
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const isNameless = storages.length < datastores.rows.length && scope.coverage === 'complete';
  if (isNameless) {
    return { storages, scope: { ...scope, coverage: 'error', message: 'a datastore is listed without its name' } };
  }
  return {
    storages,
    scope,
    ...(scope.coverage === 'complete' && { defined: storages.map(({ name }) => name) }),
  };
}

/** Names are unique in a datacenter only; datastores of equal names get their path, `/DC0/datastore/local`. */
function storageNames(rows: readonly VsphereDatastore[]): (row: VsphereDatastore) => string | null {
  const counts = new Map<string, number>();
  for (const { name } of rows) if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
  return ({ name, folder, moref }) => {
    if (!name) return null;
    return counts.get(name) === 1 ? name : `${folder ?? moref}/${name}`;
  };
}

function observeStorage(row: VsphereDatastore, name: string, hosts: Hosts): StorageObservation {
  const { mounts, capacityBytes, freeBytes, isAccessible } = row;
  const isPartial = FACTS.some((fact) => row[fact] === undefined) || mounts?.some(({ host }) => host.name === null);
  const sizes = {
    totalBytes: capacityBytes ?? null,
    usedBytes: typeof capacityBytes === 'number' && typeof freeBytes === 'number' ? capacityBytes - freeBytes : null,
  };
  return {
    name,
    document: storageDocument(row),
    ...(isPartial && { isPartial: true }),
    onNodes: (mounts ?? []).flatMap((mount) => observeMount(mount, { sizes, isAccessible, hosts }) ?? []),
  };
}

const FACTS = ['type', 'url', 'isShared', 'folder', 'mounts', 'maintenance'] as const;

function observeMount(
  { host, isAccessible }: VsphereMount,
  whole: {
    sizes: Pick<ObservedOnNode, 'totalBytes' | 'usedBytes'>;
    isAccessible: boolean | null | undefined;
    hosts: Hosts;
  },
): ObservedOnNode | null {
  if (host.name === null) return null;
  const known = whole.hosts.get(host.value);
  const isSilent = known !== undefined && whyHostIsSilent(known) !== null;
  const isAvailable = (isAccessible ?? whole.isAccessible) === true;
  return {
    node: host.name,
    status: isAvailable && !isSilent ? 'available' : 'unknown',
    ...whole.sizes,
    ...(isSilent && { isUntold: true }),
  };
}

/** Sizes change all the time, so they are told of each host only. */
function storageDocument({ type, url, isShared, folder, maintenance, mounts }: VsphereDatastore): Document {
  const nodes = (mounts ?? []).flatMap(({ host }) => (host.name === null ? [] : [host.name])).sort();
  const fields: Fields = [
    ['type', type],
    ['url', url],
    ['shared', isShared === true ? true : null],
    ['folder', folder],
    ['maintenance', maintenance === 'normal' ? null : maintenance],
    ['nodes', mounts ? nodes : null],
  ];
  return toDocument(fields);
}
