import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveLogLine, PveTask } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import { attempt } from './attempt.ts';
import type { Trail } from './feed-cursor.ts';
import {
  type Deed,
  deedsOfLines,
  deedsOfTasks,
  type Underway,
  underwayOfLines,
  underwayOfTasks,
} from './feed-deeds.ts';

/** A look every few seconds seldom finds more than a few new lines. */
export const LINES = 100;
/** More than the ring of 128 KiB holds (pve-cluster src/pmxcfs/logger.h). */
const ALL_LINES = 5000;
/** Finished tasks that a node tells the others of (pve-manager PVE/Cluster.pm, MAX_FINISHED). */
const BROADCAST_TASKS = 25;

/** What was done since the trail was read last. */
export interface TrailNews {
  trail: Trail;
  /** Oldest first. */
  deeds: readonly Deed[];
  underway: readonly Underway[];
  lines: readonly PveLogLine[];
  /** Why what was done in between is not known; null: nothing is missing. */
  gap: string | null;
}

/** Reads a trail from its beginning: whatever is in it is old. */
export async function beginTrail(
  client: ProxmoxClient,
  source: Trail['source'],
  call: CallOptions,
): Promise<TrailNews> {
  const news = await followTrail(client, { source, seen: new Map() }, call);
  return { ...news, deeds: [], gap: null };
}

/** A feed that does not answer is read again at the next look; the lines stay for a while. */
export async function followTrail(client: ProxmoxClient, trail: Trail, call: CallOptions): Promise<TrailNews> {
  return trail.source === 'log' ? followLog(client, trail, call) : followTasks(client, trail, call);
}

async function followLog(client: ProxmoxClient, trail: Trail, call: CallOptions): Promise<TrailNews> {
  const first = await attempt(client.getClusterLog({ max: LINES }, call));
  if (first instanceof AppError) return { trail, deeds: [], underway: [], lines: [], gap: null };
  const isShort = first.length >= LINES && trail.seen.size > 0 && !first.some((line) => trail.seen.has(idOf(line)));
  const second = isShort ? await attempt(client.getClusterLog({ max: ALL_LINES }, call)) : first;
  const lines = second instanceof AppError ? first : second;
  const seen = new Map(lines.map((line) => [idOf(line), line.time]));
  return {
    trail: { source: 'log', seen },
    deeds: deedsOfLines(lines.filter((line) => !trail.seen.has(idOf(line))).toReversed()),
    underway: underwayOfLines(lines),
    lines,
    gap: gapOfLog(trail.seen, seen),
  };
}

function idOf({ node, time, uid }: PveLogLine): string {
  return `${node}/${time}/${uid}`;
}

/** Lines go at the old end only: others that went are hidden, lost in a restart, or this is another log. */
function gapOfLog(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): string | null {
  if (before.size === 0) return null;
  if (![...before.keys()].some((id) => now.has(id))) return 'lines of the cluster log were missed';
  const oldest = [...now.values()].reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const isCut = [...before].some(([id, time]) => time > oldest && !now.has(id));
  return isCut ? 'the cluster log has lost lines' : null;
}

async function followTasks(client: ProxmoxClient, trail: Trail, call: CallOptions): Promise<TrailNews> {
  const answer = await attempt(client.getClusterTasks(call));
  if (answer instanceof AppError) return { trail, deeds: [], underway: [], lines: [], gap: null };
  const ended = answer.filter(({ isRunning }) => !isRunning);
  const fresh = ended.filter(({ upid }) => !trail.seen.has(upid));
  return {
    trail: { source: 'tasks', seen: new Map(ended.map(({ upid, endtime = 0 }) => [upid, endtime])) },
    deeds: deedsOfTasks(fresh),
    underway: underwayOfTasks(answer),
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
