import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveClusterStatus } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import { guestKey } from '../../types/guest.ts';
import type { Glance, NodeObservation, Observation, Permissions, ScopeReport } from '../../types/observation.ts';
import type { Task } from '../../types/task.ts';
import type { DiscoverOptions, FeedCursor, FeedNews } from '../provider.ts';
import { attempt, completeScope, skippedScope } from './attempt.ts';
import { type Discovery, nothingKnown } from './discover.ts';
import { type FeedState, isInFlux, type Mention, ProxmoxCursor } from './feed-cursor.ts';
import { type Glimpse, isListed, readMentioned } from './glance.ts';
import { readCertificates } from './identity.ts';
import { toLog } from './log.ts';
import { missingPrivileges, NEEDED } from './permissions.ts';
import { readTasksOf } from './tasks.ts';

export type NewsOptions = Pick<
  DiscoverOptions,
  'maskKey' | 'knownUpids' | 'knownIdentity' | 'knownConfigurations' | 'signal'
>;

/** What is asked only when a guest went, or a field that may be hidden. */
interface Rights {
  permissions: Permissions | null;
  status: PveClusterStatus | null;
}

/**
 * Reads the guests that a look mentioned: of each its configuration, its power state, or both; the tasks of the nodes
 * concerned come last, so that they explain what was read. Throws AppError when the provider cannot be used.
 */
export async function discoverNews(
  { client, clock }: Discovery,
  news: FeedNews,
  { maskKey, knownUpids, knownIdentity = null, knownConfigurations = nothingKnown, signal }: NewsOptions,
): Promise<{ seen: Observation; cursor: FeedCursor }> {
  if (!(news.cursor instanceof ProxmoxCursor)) throw new AppError('usage', 'the cursor is of another kind of provider');
  const { state } = news.cursor;
  const call = { signal };
  const ready = [...state.mentions.values()].filter((mention) => !isInFlux(mention));
  const listed = ready.filter(isListed).filter(({ row }) => state.nodes.get(row.node) === 'online');
  const [known, certificates, rights] = await Promise.all([
    knownConfigurations(),
    readCertificates(client, knownIdentity, call),
    readRights(client, ready, call),
  ]);
  const glimpse = await readMentioned({ client, clock }, listed, {
    maskKey,
    known,
    permissions: rights.permissions,
    call,
  });
  const observedAt = clock();
  const { tasks, scopes } = await readTrace(client, ready, state, { knownUpids, call });
  const seen: Observation = {
    startedAt: state.takenAt,
    observedAt,
    clockSkewMs: client.clockSkewMs(),
    requested: ['vms', 'containers'],
    identity: {
      // The feeds do not tell who is in the cluster; a node that comes or goes asks for a whole run.
      clusterName: clusterOf(rights)?.name ?? knownIdentity?.clusterName ?? null,
      nodeNames: knownIdentity?.nodeNames ?? [...state.nodes.keys()].sort(),
      ...certificates,
    },
    version: null,
    quorate: clusterOf(rights)?.quorate ?? null,
    permissions: rights.permissions,
    scopes: [guestsScope(state, rights), ...glimpse.scopes, ...scopes],
    nodes: observeNodes(state, rights.status),
    guests: glimpse.guests,
    storages: [],
    tasks,
    log: await toLog(state.lines, { maskKey, signal }),
    warnings: [],
    glance: glanceOf(state, ready, glimpse),
  };
  return { seen, cursor: nextCursor(state, glimpse) };
}

function clusterOf({ status }: Rights): PveClusterStatus['cluster'] {
  return status?.cluster;
}

function glanceOf({ traces }: FeedState, ready: readonly Mention[], { guests }: Glimpse): Glance {
  const gone = ready.filter(({ row }) => row === null);
  const asked = new Set([...gone, ...guests].map(guestKey));
  return {
    guests: asked,
    listedCount: traces.size,
    isSettled: ready.every((mention) => !mention.isNew || asked.has(guestKey(mention))),
  };
}

const NO_RIGHTS: Rights = { permissions: null, status: null };

/** A guest that went may be hidden, or its node cut off; one that is new may be in a pool that is hidden. */
async function readRights(client: ProxmoxClient, mentions: readonly Mention[], call: CallOptions): Promise<Rights> {
  if (!mentions.some(({ rights, isNew }) => rights || isNew)) return NO_RIGHTS;
  const [permissions, status] = await Promise.all([
    attempt(client.getPermissions(call)),
    mentions.some(({ row }) => row === null) ? attempt(client.getClusterStatus(call)) : null,
  ]);
  if (permissions instanceof AppError || status instanceof AppError) return NO_RIGHTS;
  return { permissions, status };
}

/** Tasks explain changes of power and place, and what was made or went; an edit is explained by its line in the log. */
async function readTrace(
  client: ProxmoxClient,
  mentions: readonly Mention[],
  state: FeedState,
  { knownUpids, call }: Pick<NewsOptions, 'knownUpids'> & { call: CallOptions },
): Promise<{ tasks: readonly Task[]; scopes: readonly ScopeReport[] }> {
  const nodes = [...new Set(mentions.flatMap(({ nodes }) => nodes))].filter(
    (name) => state.nodes.get(name) === 'online',
  );
  return readTasksOf({ client, call, knownUpids }, nodes.sort());
}

function guestsScope({ traces }: FeedState, { permissions }: Rights): ScopeReport {
  if (permissions === null) return skippedScope('guests');
  const missing = missingPrivileges(permissions, NEEDED.guests);
  if (missing.length === 0) return completeScope('guests', traces.size);
  return {
    scope: 'guests',
    coverage: 'filtered',
    count: traces.size,
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

function nextCursor(state: FeedState, glimpse: Glimpse): ProxmoxCursor {
  const waiting = [...state.mentions].filter(([, mention]) => isInFlux(mention));
  return new ProxmoxCursor({
    ...state,
    mentions: new Map([...waiting, ...glimpse.unread]),
    learned: new Map([...state.learned, ...glimpse.learned]),
  });
}
