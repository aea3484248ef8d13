import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveResources } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import type { ChangedGuest, FeedCursor, FeedPoll } from '../provider.ts';
import { attempt } from '../scope-reports.ts';
import type { Discovery } from './discover.ts';
import { type ActivityCursor, type FeedState, type GuestToRead, isInFlux, ProxmoxCursor } from './feed-cursor.ts';
import { feedRows, nodeStates, stillLearned, storagesOf } from './feed-rows.ts';
import { guestsToRead } from './guests-to-read.ts';
import { missingPrivileges, NEEDED } from './permissions.ts';
import { beginActivity, pollActivity } from './poll-activity.ts';

/** If more guests are missing at once, the listing is short, or the guard of a full run has to decide. */
const MAX_GONE = 20;
/** If the reads would cost more than this share of a full run, a full run makes them. */
const MAX_SHARE = 0.5;
/** Calls of a full run to the cluster, and again to each node. */
const CALLS_PER_NODE = 4;

/**
 * Polls the cluster's listing and its log, or its list of tasks if the token may not read the log. Throws AppError if the
 * listing cannot be read.
 */
export async function poll(
  { client, clock }: Discovery,
  { cursor, signal }: { cursor: FeedCursor | null; signal?: AbortSignal | undefined },
): Promise<FeedPoll> {
  const call = { signal };
  const takenAt = clock();
  const before = cursor instanceof ProxmoxCursor ? cursor.state : null;
  if (before === null) return beginFeed({ client, clock }, takenAt, call);
  const [resources, activity] = await Promise.all([
    client.getClusterResources(call),
    pollActivity(client, before.activity, call),
  ]);
  const rows = feedRows(resources, before.rows);
  const toRead = guestsToRead(before, resources, { rows, at: takenAt, activity });
  const state: FeedState = {
    takenAt,
    rows,
    nodes: nodeStates(resources),
    storages: storagesOf(resources),
    activity: activity.cursor,
    toRead,
    learned: stillLearned(before.learned, rows, takenAt),
    lines: activity.lines,
    isWhole: resources.unreadable === 0,
  };
  const why = whyInconclusive(before, state);
  if (activity.gap !== null) return { cursor: await afterGap(client, state, call), changed: [], fullRun: activity.gap };
  if (why !== null) return { cursor: new ProxmoxCursor(state), changed: [], fullRun: why };
  const tooMuch = whyTooMuch(state);
  if (tooMuch !== null) {
    return { cursor: new ProxmoxCursor({ ...state, toRead: new Map() }), changed: [], fullRun: tooMuch };
  }
  return { cursor: new ProxmoxCursor(state), changed: toChangedGuests(toRead), fullRun: whyStorages(before, state) };
}

async function beginFeed({ client }: Discovery, takenAt: Date, call: CallOptions): Promise<FeedPoll> {
  const source = await activitySource(client, call);
  const [resources, { cursor: activity, lines }] = await Promise.all([
    client.getClusterResources(call),
    beginActivity(client, source, call),
  ]);
  return {
    cursor: new ProxmoxCursor(firstState(resources, { takenAt, activity, lines })),
    changed: [],
    fullRun: 'this is the first poll',
  };
}

/** The gap may mean that the token has lost the right to read the log, so the source is chosen again. */
async function afterGap(client: ProxmoxClient, state: FeedState, call: CallOptions): Promise<ProxmoxCursor> {
  const source = await activitySource(client, call);
  if (source === state.activity.source) return new ProxmoxCursor(state);
  const { cursor: activity } = await beginActivity(client, source, call);
  return new ProxmoxCursor({ ...state, activity });
}

async function activitySource(client: ProxmoxClient, call: CallOptions): Promise<ActivityCursor['source']> {
  const permissions = await attempt(client.getPermissions(call));
  if (permissions instanceof AppError && permissions.code === 'unauthenticated') throw permissions;
  return permissions instanceof AppError || missingPrivileges(permissions, NEEDED.log).length === 0 ? 'log' : 'tasks';
}

function firstState(
  resources: PveResources,
  { takenAt, activity, lines }: Pick<FeedState, 'takenAt' | 'activity' | 'lines'>,
): FeedState {
  return {
    takenAt,
    rows: feedRows(resources),
    nodes: nodeStates(resources),
    storages: storagesOf(resources),
    activity,
    toRead: new Map(),
    learned: new Map(),
    lines,
    isWhole: resources.unreadable === 0,
  };
}

/** Why the differences prove nothing. For example, the guests of a node that left the cluster still exist. */
function whyInconclusive(before: FeedState, now: FeedState): string | null {
  for (const [node, status] of now.nodes) {
    const was = before.nodes.get(node);
    if (was === undefined) return `node ${node} is new`;
    if (was !== status) return `node ${node} was ${was} and is ${status}`;
  }
  for (const node of before.nodes.keys()) if (!now.nodes.has(node)) return `node ${node} is not listed any more`;
  if (!now.isWhole) return 'the listing has rows that could not be read';
  if (now.rows.size === 0 && before.rows.size > 0) return 'the list of guests is empty';
  return null;
}

function whyTooMuch({ toRead, rows, nodes }: FeedState): string | null {
  let [calls, gone] = [0, 0];
  for (const { config, power, row } of toRead.values()) {
    if (row === null) gone++;
    else calls += Number(config) + Number(power);
  }
  if (gone > MAX_GONE) return `${gone} guests are missing from the listing at once`;
  const most = MAX_SHARE * (rows.size + CALLS_PER_NODE * (1 + nodes.size));
  return calls <= most ? null : `${toRead.size} guests changed at once`;
}

function whyStorages(before: FeedState, now: FeedState): string | null {
  return before.storages === now.storages ? null : 'storages were added, removed or defined anew';
}

function toChangedGuests(toRead: ReadonlyMap<string, GuestToRead>): ChangedGuest[] {
  return [...toRead.values()]
    .filter((guest) => !isInFlux(guest))
    .map(({ kind, vmid, reasons }) => ({ kind, nativeId: String(vmid), reason: reasons.join(', ') }));
}
