import { setImmediate } from 'node:timers/promises';
import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { PveGuestResource } from '../../api/pve-types.ts';
import type { Issue, Observation } from '../../types/observation.ts';
import type { ResourceScope } from '../../types/presence.ts';
import type { DiscoverOptions, FindConfiguration, KeepGuest } from '../provider.ts';
import { skippedScope } from '../scope-reports.ts';
import { askCluster, type ClusterView, onlineMembers, readCluster, readVersion } from './cluster.ts';
import { type GuestsRead, readGuests } from './guests.ts';
import { readLists } from './live-lists.ts';
import { readLog } from './log.ts';
import { readNodes } from './nodes.ts';
import { readingOf } from './read-configuration.ts';
import { readDefinitions, readStorages, type StoragesRead } from './storage.ts';
import { readTasks } from './tasks.ts';

export interface Discovery {
  client: ProxmoxClient;
  clock: () => Date;
}

/**
 * Reads one cluster. A scope that fails is reported, and the run goes on; throws AppError only when the provider cannot be
 * used at all or the run is interrupted. Tasks and log come last, so that they can explain everything that was read before.
 */
export async function discover({ client, clock }: Discovery, options: DiscoverOptions): Promise<Observation> {
  const call = { signal: options.signal };
  const { scopes, maskKey, onProgress = ignoreProgress } = options;
  const startedAt = clock();
  onProgress('reading the cluster');
  const version = await readVersion(client, call);
  const kinds = kindsOf(scopes);
  const asked = askCluster(client, call);
  const isStorageRequested = scopes.includes('storage');
  const [view, keep, known, lists, definitions] = await Promise.all([
    readCluster(client, { version, knownIdentity: options.knownIdentity, call, ...asked }),
    afterTurn(options.keeper ?? keepAll),
    afterTurn(options.knownConfigurations ?? nothingKnown),
    asked.status.then((status) => readLists(client, onlineMembers(status), { kinds, call })),
    isStorageRequested ? readDefinitions(client, call) : null,
  ]);
  onProgress('reading nodes and guests');
  const [nodes, guests] = await Promise.all([
    readNodes(client, view, { isRequested: scopes.includes('nodes'), call }),
    kinds.length > 0
      ? readGuests(
          {
            client,
            call,
            kinds,
            maskKey,
            keep,
            known,
            reading: view.permissions && maskKey && readingOf(version, view.permissions, maskKey),
            onProgress,
          },
          view,
          lists,
        )
      : SKIPPED_GUESTS,
  ]);
  const storage = isStorageRequested ? readStorages(view, definitions) : SKIPPED_STORAGES;
  const observedAt = clock();
  onProgress('reading tasks and the cluster log');
  const trace = await readTrace(client, options, view);
  return {
    startedAt,
    observedAt,
    clockSkewMs: client.clockSkewMs(),
    requested: scopes,
    identity: view.identity,
    version: view.version,
    quorate: view.quorate,
    ...(view.membersDoubt !== null && { membersDoubt: view.membersDoubt }),
    permissions: view.permissions,
    scopes: [view.permissionsScope, nodes.scope, ...guests.scopes, storage.scope, ...trace.scopes],
    nodes: nodes.nodes,
    guests: guests.guests,
    storages: storage.storages,
    ...(storage.defined && { definedStorages: storage.defined }),
    records: trace.records,
    warnings: warningsOf(view),
  };
}

/** Lets the calls that were made go out first. */
async function afterTurn<T>(work: () => Promise<T>): Promise<T> {
  await setImmediate();
  return work();
}

export async function nothingKnown(): Promise<FindConfiguration> {
  return () => null;
}

async function keepAll(): Promise<KeepGuest> {
  return (seen) => seen;
}

/** Tasks and log are read along with guests, whose changes they explain. */
async function readTrace(
  client: ProxmoxClient,
  { scopes, maskKey, knownTasks, signal }: DiscoverOptions,
  view: ClusterView,
): Promise<Pick<Observation, 'records' | 'scopes'>> {
  const isNeeded = scopes.some((scope) => scope === 'tasks' || scope === 'vms' || scope === 'containers');
  if (!isNeeded) return { records: [], scopes: [skippedScope('log')] };
  const query = { client, call: { signal }, maskKey, knownTasks };
  const [tasks, { log, scope }] = await Promise.all([readTasks(query, view), readLog(query, view)]);
  return { records: [...tasks.tasks, ...log], scopes: [...tasks.scopes, scope] };
}

const SKIPPED_GUESTS: GuestsRead = { guests: [], scopes: [skippedScope('guests')] };

const SKIPPED_STORAGES: StoragesRead = { storages: [], scope: skippedScope('storage') };

function ignoreProgress(): void {}

function kindsOf(scopes: readonly ResourceScope[]): PveGuestResource['kind'][] {
  const kinds: PveGuestResource['kind'][] = [];
  if (scopes.includes('vms')) kinds.push('qemu');
  if (scopes.includes('containers')) kinds.push('lxc');
  return kinds;
}

function warningsOf(view: ClusterView): Issue[] {
  if (view.quorate !== false) return [];
  return [
    {
      code: 'no-quorum',
      message: 'the cluster has no quorum: what other nodes hold is as old as the last contact',
      hint: 'see `pvecm status`; nothing is taken for removed meanwhile',
    },
  ];
}
