import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveResources } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import type { FeedCursor, FeedNews, GuestMention } from '../provider.ts';
import { attempt } from './attempt.ts';
import type { Discovery } from './discover.ts';
import { type FeedState, isInFlux, type Mention, ProxmoxCursor, type Trail } from './feed-cursor.ts';
import { gatherMentions } from './feed-mentions.ts';
import { nodeStates, stillLearned, storagesOf, tracesOf } from './feed-rows.ts';
import { beginTrail, followTrail } from './feed-trail.ts';
import { missingPrivileges, NEEDED } from './permissions.ts';

/** More guests missing at once are a short listing, or a matter for the guard of a whole run. */
const MAX_GONE = 20;
/** As many reads as half a whole run makes are left to one. */
const MAX_SHARE = 0.5;
/** What a whole run asks of the cluster, and again of each node. */
const CALLS_PER_NODE = 4;

/**
 * Looks at the cheap feeds: the cluster's listing and its log, or without the right to the log its list of tasks. Throws
 * AppError when the listing cannot be read.
 */
export async function poll(
  { client, clock }: Discovery,
  { cursor, signal }: { cursor: FeedCursor | null; signal?: AbortSignal | undefined },
): Promise<FeedNews> {
  const call = { signal };
  const takenAt = clock();
  const before = cursor instanceof ProxmoxCursor ? cursor.state : null;
  if (before === null) return beginFeed({ client, clock }, takenAt, call);
  const [resources, news] = await Promise.all([
    client.getClusterResources(call),
    followTrail(client, before.trail, call),
  ]);
  const traces = tracesOf(resources, before.traces);
  const mentions = gatherMentions(before, resources, { traces, at: takenAt, news });
  const state: FeedState = {
    takenAt,
    traces,
    nodes: nodeStates(resources),
    storages: storagesOf(resources),
    trail: news.trail,
    mentions,
    learned: stillLearned(before.learned, traces, takenAt),
    lines: news.lines,
    isWhole: resources.unreadable === 0,
  };
  const why = whyBlind(before, state);
  if (news.gap !== null) return { ...(await beginAnew({ client, clock }, state, call)), sweep: news.gap };
  if (why !== null) return { cursor: new ProxmoxCursor(state), mentioned: [], sweep: why };
  const tooMuch = whyTooMuch(state);
  if (tooMuch !== null) {
    return { cursor: new ProxmoxCursor({ ...state, mentions: new Map() }), mentioned: [], sweep: tooMuch };
  }
  return { cursor: new ProxmoxCursor(state), mentioned: toGuestMentions(mentions), sweep: whyStorages(before, state) };
}

async function beginFeed({ client }: Discovery, takenAt: Date, call: CallOptions): Promise<FeedNews> {
  const source = await trailSource(client, call);
  const [resources, { trail, lines }] = await Promise.all([
    client.getClusterResources(call),
    beginTrail(client, source, call),
  ]);
  return {
    cursor: new ProxmoxCursor(firstState(resources, { takenAt, trail, lines })),
    mentioned: [],
    sweep: 'this is the first look',
  };
}

/** After a gap: the right to read the log may be gone. */
async function beginAnew(
  { client }: Discovery,
  state: FeedState,
  call: CallOptions,
): Promise<Pick<FeedNews, 'cursor' | 'mentioned'>> {
  const source = await trailSource(client, call);
  const trail = source === state.trail.source ? state.trail : (await beginTrail(client, source, call)).trail;
  return { cursor: new ProxmoxCursor({ ...state, trail }), mentioned: [] };
}

async function trailSource(client: ProxmoxClient, call: CallOptions): Promise<Trail['source']> {
  const permissions = await attempt(client.getPermissions(call));
  if (permissions instanceof AppError && permissions.code === 'unauthenticated') throw permissions;
  return permissions instanceof AppError || missingPrivileges(permissions, NEEDED.log).length === 0 ? 'log' : 'tasks';
}

function firstState(
  resources: PveResources,
  { takenAt, trail, lines }: Pick<FeedState, 'takenAt' | 'trail' | 'lines'>,
): FeedState {
  return {
    takenAt,
    traces: tracesOf(resources),
    nodes: nodeStates(resources),
    storages: storagesOf(resources),
    trail,
    mentions: new Map(),
    learned: new Map(),
    lines,
    isWhole: resources.unreadable === 0,
  };
}

/** Why nothing can be concluded from what differs: guests of a node that went are not gone. */
function whyBlind(before: FeedState, now: FeedState): string | null {
  for (const [node, status] of now.nodes) {
    const was = before.nodes.get(node);
    if (was === undefined) return `node ${node} is new`;
    if (was !== status) return `node ${node} was ${was} and is ${status}`;
  }
  for (const node of before.nodes.keys()) if (!now.nodes.has(node)) return `node ${node} is not listed any more`;
  if (!now.isWhole) return 'the listing has rows that could not be read';
  if (now.traces.size === 0 && before.traces.size > 0) return 'the list of guests is empty';
  return null;
}

function whyTooMuch({ mentions, traces, nodes }: FeedState): string | null {
  let [calls, gone] = [0, 0];
  for (const { config, power, row } of mentions.values()) {
    if (row === null) gone++;
    else calls += Number(config) + Number(power);
  }
  if (gone > MAX_GONE) return `${gone} guests are missing from the listing at once`;
  const most = MAX_SHARE * (traces.size + CALLS_PER_NODE * (1 + nodes.size));
  return calls <= most ? null : `${mentions.size} guests are mentioned at once`;
}

function whyStorages(before: FeedState, now: FeedState): string | null {
  return before.storages === now.storages ? null : 'storages were added, removed or defined anew';
}

function toGuestMentions(mentions: ReadonlyMap<string, Mention>): GuestMention[] {
  return [...mentions.values()]
    .filter((mention) => !isInFlux(mention))
    .map(({ kind, vmid, reasons }) => ({ kind, vmid, reason: reasons.join(', ') }));
}
