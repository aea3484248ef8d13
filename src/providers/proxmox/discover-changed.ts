import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveClusterStatus } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import { guestKey } from '../../types/guest-key.ts';
import type { NodeObservation, Observation, PartialRead, Permissions, ScopeReport } from '../../types/observation.ts';
import type { DiscoverOptions, FeedCursor, FeedPoll } from '../provider.ts';
import { attempt, completeScope, skippedScope } from '../scope-reports.ts';
import { type Discovery, nothingKnown } from './discover.ts';
import { type FeedState, type GuestToRead, isInFlux, ProxmoxCursor } from './feed-cursor.ts';
import { readCertificates } from './identity.ts';
import { toLog } from './log.ts';
import { missingPrivileges, NEEDED } from './permissions.ts';
import { isListed, type ReadGuests, readGuests } from './read-guests.ts';
import type { Task } from './records/record.ts';
import { failedScope, scopeWithRights } from './scopes.ts';
import { readTasksOf } from './tasks.ts';
import { vmidKey } from './vmid.ts';

export type DiscoverChangedOptions = Pick<
  DiscoverOptions,
  'maskKey' | 'knownTasks' | 'knownIdentity' | 'knownConfigurations' | 'signal'
>;

/** Requested only if a guest vanished, or a field that may have been hidden. */
interface Rights {
  permissions: Permissions | null;
  status: PveClusterStatus | null;
}

/**
 * Reads the changed guests of a poll: the configuration, the power state, or both. The tasks of the nodes concerned are read
 * last, so that they explain the values that were read. Throws AppError if the provider cannot be used.
 */
export async function discoverChanged(
  { client, clock }: Discovery,
  polled: FeedPoll,
  { maskKey, knownTasks, knownIdentity = null, knownConfigurations = nothingKnown, signal }: DiscoverChangedOptions,
): Promise<{ seen: Observation; cursor: FeedCursor }> {
  if (!(polled.cursor instanceof ProxmoxCursor))
    throw new AppError('usage', 'the cursor is of another kind of provider');
  const { state } = polled.cursor;
  const call = { signal };
  const ready = [...state.toRead.values()].filter((guest) => !isInFlux(guest));
  const listed = ready.filter(isListed).filter(({ row }) => state.nodes.get(row.node) === 'online');
  const [known, certificates, rights] = await Promise.all([
    knownConfigurations(),
    readCertificates(client, knownIdentity, call),
    readRights(client, ready, call),
  ]);
  const read = await readGuests({ client, clock }, listed, {
    maskKey,
    known,
    permissions: rights.permissions,
    call,
  });
  const observedAt = clock();
  const { tasks, scopes } = await readTasks(client, ready, state, {
    knownTasks,
    permissions: rights.permissions,
    call,
  });
  const seen: Observation = {
    startedAt: state.takenAt,
    observedAt,
    clockSkewMs: client.clockSkewMs(),
    requested: ['vms', 'containers'],
    identity: {
      // The feeds do not show the cluster's members. A node that appears or vanishes requires a full run.
      clusterName: clusterOf(rights)?.name ?? knownIdentity?.clusterName ?? null,
      nodeNames: knownIdentity?.nodeNames ?? [...state.nodes.keys()].sort(),
      ...certificates,
    },
    version: null,
    quorate: clusterOf(rights)?.quorate ?? null,
    permissions: rights.permissions,
    scopes: [guestsScope(state, rights), ...read.scopes, ...scopes, ...logScopes(state, rights)],
    nodes: observeNodes(state, rights.status),
    guests: read.guests,
    storages: [],
    records: [...tasks, ...(await toLog(state.lines, { maskKey, signal }))],
    warnings: [],
    partialRead: toPartialRead(state, ready, read),
  };
  return { seen, cursor: nextCursor(state, read) };
}

function clusterOf({ status }: Rights): PveClusterStatus['cluster'] {
  return status?.cluster;
}

function toPartialRead(
  { rows, hasUnreadNew = false }: FeedState,
  ready: readonly GuestToRead[],
  { guests }: ReadGuests,
): PartialRead {
  const gone = ready.filter(({ row }) => row === null);
  const asked = new Set([...gone.map(vmidKey), ...guests.map(guestKey)]);
  return {
    guests: asked,
    listedCount: rows.size,
    isSettled: !hasUnreadNew && ready.every((guest) => !guest.isNew || asked.has(vmidKey(guest))),
  };
}

const NO_RIGHTS: Rights = { permissions: null, status: null };

/** A vanished guest may be hidden, or its node cut off. A new guest may be in a pool that is hidden. */
async function readRights(client: ProxmoxClient, guests: readonly GuestToRead[], call: CallOptions): Promise<Rights> {
  if (!guests.some(({ rights, isNew }) => rights || isNew)) return NO_RIGHTS;
  const [permissions, status] = await Promise.all([
    attempt(client.getPermissions(call)),
    guests.some(({ row }) => row === null) ? attempt(client.getClusterStatus(call)) : null,
  ]);
  if (permissions instanceof AppError || status instanceof AppError) return NO_RIGHTS;
  return { permissions, status };
}

/** Tasks explain power changes, moves, creations and removals. An edit is explained by its line in the log. */
async function readTasks(
  client: ProxmoxClient,
  guests: readonly GuestToRead[],
  state: FeedState,
  harvest: Pick<DiscoverChangedOptions, 'knownTasks'> & { permissions: Permissions | null; call: CallOptions },
): Promise<{ tasks: readonly Task[]; scopes: readonly ScopeReport[] }> {
  const nodes = [...new Set(guests.flatMap(({ nodes }) => nodes))].filter((name) => state.nodes.get(name) === 'online');
  return readTasksOf({ client, ...harvest }, nodes.sort());
}

/** What is missing of the log may be who made a change. Where the rights were not read, a full run has told of it. */
function logScopes({ lines, logError }: FeedState, { permissions }: Rights): ScopeReport[] {
  if (logError !== undefined) return [failedScope('log', logError)];
  const missing = permissions === null ? [] : missingPrivileges(permissions, NEEDED.log);
  return missing.length === 0 ? [] : [scopeWithRights('log', lines.length, missing)];
}

function guestsScope({ rows }: FeedState, { permissions }: Rights): ScopeReport {
  if (permissions === null) return skippedScope('guests');
  const missing = missingPrivileges(permissions, NEEDED.guests);
  if (missing.length === 0) return completeScope('guests', rows.size);
  return {
    scope: 'guests',
    coverage: 'filtered',
    count: rows.size,
    message: 'the token sees only a part of the guests',
  };
}

function observeNodes({ nodes }: FeedState, status: PveClusterStatus | null): NodeObservation[] {
  const members = new Map(status?.nodes.map(({ name, online }) => [name, online]));
  return Array.from(nodes, ([name, told]) => {
    const isOnline = members.get(name) ?? told === 'online';
    const state = isOnline ? 'online' : told === 'unknown' ? 'unknown' : 'offline';
    return { name, status: state, document: {}, isComplete: false, telemetry: null, unobservable: null };
  });
}

function nextCursor(state: FeedState, { unread, learned }: ReadGuests): ProxmoxCursor {
  const deferred = [...state.toRead].filter(([, guest]) => isInFlux(guest));
  return new ProxmoxCursor({
    ...state,
    toRead: new Map([...deferred, ...unread]),
    learned: new Map([...state.learned, ...learned]),
  });
}
