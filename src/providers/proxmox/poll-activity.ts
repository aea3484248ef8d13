import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveLogLine, PveTask } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import { attempt } from '../scope-reports.ts';
import {
  type Activity,
  activitiesOfLines,
  activitiesOfTasks,
  type RunningTask,
  runningOfLines,
  runningOfTasks,
} from './activity.ts';
import type { ActivityCursor } from './feed-cursor.ts';

/** A poll every few seconds rarely finds more than a few new lines. */
export const LINES = 100;
/** More lines than fit into the ring of 128 KiB (pve-cluster src/pmxcfs/logger.h). */
const ALL_LINES = 5000;
/** Finished tasks that a node broadcasts to the others (pve-manager PVE/Cluster.pm, MAX_FINISHED). */
const BROADCAST_TASKS = 25;

/** Activity since a cursor. */
export interface ActivityPoll {
  cursor: ActivityCursor;
  /** Oldest first. */
  activities: readonly Activity[];
  running: readonly RunningTask[];
  lines: readonly PveLogLine[];
  /** Why activity may have been missed; null if nothing is missing. */
  gap: string | null;
}

/** Polls for the first time. Everything in the feed is old. */
export async function beginActivity(
  client: ProxmoxClient,
  source: ActivityCursor['source'],
  call: CallOptions,
): Promise<ActivityPoll> {
  const first = await pollActivity(client, { source, seen: new Map() }, call);
  return { ...first, activities: [], gap: null };
}

/** If the feed does not answer, the cursor stays and the next poll continues from it: lines stay in the feed for a while. */
export async function pollActivity(
  client: ProxmoxClient,
  cursor: ActivityCursor,
  call: CallOptions,
): Promise<ActivityPoll> {
  return cursor.source === 'log' ? pollLog(client, cursor, call) : pollTasks(client, cursor, call);
}

async function pollLog(client: ProxmoxClient, cursor: ActivityCursor, call: CallOptions): Promise<ActivityPoll> {
  const first = await attempt(client.getClusterLog({ max: LINES }, call));
  if (first instanceof AppError) return { cursor, activities: [], running: [], lines: [], gap: null };
  const isShort = first.length >= LINES && cursor.seen.size > 0 && !first.some((line) => cursor.seen.has(idOf(line)));
  const second = isShort ? await attempt(client.getClusterLog({ max: ALL_LINES }, call)) : first;
  const lines = second instanceof AppError ? first : second;
  const seen = new Map(lines.map((line) => [idOf(line), line.time]));
  return {
    cursor: { source: 'log', seen },
    activities: activitiesOfLines(lines.filter((line) => !cursor.seen.has(idOf(line))).toReversed()),
    running: runningOfLines(lines),
    lines,
    gap: gapOfLog(cursor.seen, seen),
  };
}

function idOf({ node, time, uid }: PveLogLine): string {
  return `${node}/${time}/${uid}`;
}

/** Lines rotate out at the old end only. A newer line that is missing was hidden or lost in a restart, or this is another log. */
function gapOfLog(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): string | null {
  if (before.size === 0) return null;
  if (![...before.keys()].some((id) => now.has(id))) return 'lines of the cluster log were missed';
  const oldest = [...now.values()].reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const isCut = [...before].some(([id, time]) => time > oldest && !now.has(id));
  return isCut ? 'the cluster log has lost lines' : null;
}

async function pollTasks(client: ProxmoxClient, cursor: ActivityCursor, call: CallOptions): Promise<ActivityPoll> {
  const answer = await attempt(client.getClusterTasks(call));
  if (answer instanceof AppError) return { cursor, activities: [], running: [], lines: [], gap: null };
  const ended = answer.filter(({ isRunning }) => !isRunning);
  const fresh = ended.filter(({ upid }) => !cursor.seen.has(upid));
  return {
    cursor: { source: 'tasks', seen: new Map(ended.map(({ upid, endtime = 0 }) => [upid, endtime])) },
    activities: activitiesOfTasks(fresh),
    running: runningOfTasks(answer),
    lines: [],
    gap: gapOfTasks(ended, fresh),
  };
}

function gapOfTasks(ended: readonly PveTask[], fresh: readonly PveTask[]): string | null {
  const nodes = new Set(fresh.map(({ node }) => node));
  for (const name of nodes) {
    const [all, unseen] = [ended, fresh].map((tasks) => tasks.filter(({ node }) => node === name).length);
    if (all !== undefined && all >= BROADCAST_TASKS && all === unseen) return `tasks of node ${name} were missed`;
  }
  return null;
}
