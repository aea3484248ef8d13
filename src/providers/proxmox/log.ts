import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveLogLine } from '../../api/pve-types.ts';
import { splitAuthId } from '../../types/auth-id.ts';
import { AppError } from '../../types/errors.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import type { ScopeReport } from '../../types/observation.ts';
import type { LogEntry, TaskState } from '../../types/task.ts';
import { parseUpid } from '../../types/upid.ts';
import { attempt } from '../scope-reports.ts';
import { type ClusterView, missingOf } from './cluster.ts';
import { maskMessage, otherReadings, parseConfigUpdate } from './config-update.ts';
import { NEEDED } from './permissions.ts';
import { failedScope, scopeWithRights } from './scopes.ts';

const LINES = 500;
/** More than the ring of 128 KiB holds (pve-cluster src/pmxcfs/logger.h). */
const ALL_LINES = 5000;

export interface LogQuery {
  client: ProxmoxClient;
  call: CallOptions;
  maskKey: MaskKey | null;
  knownUpids: ReadonlyMap<string, TaskState>;
}

/** Reads the cluster log, oldest line first. Without Sys.Syslog on / it has only the token's own lines. */
export async function readLog(query: LogQuery, view: ClusterView): Promise<{ log: LogEntry[]; scope: ScopeReport }> {
  const { client, call, maskKey } = query;
  let lines = await attempt(client.getClusterLog({ max: LINES }, call));
  if (lines instanceof AppError) return { log: [], scope: failedScope('log', lines) };
  if (lines.length === LINES && isAllNew(lines, query.knownUpids)) {
    const more = await attempt(client.getClusterLog({ max: ALL_LINES }, call));
    if (!(more instanceof AppError)) lines = more;
  }
  const log = await toLog(lines, { maskKey, signal: call.signal });
  return { log, scope: scopeWithRights('log', log.length, missingOf(view, NEEDED.log)) };
}

/** So many characters of messages are read in one turn of the event loop. */
const CHARACTERS_AT_ONCE = 256 * 2 ** 10;

/** Oldest first. Throws AppError('interrupted'). */
export async function toLog(
  lines: readonly PveLogLine[],
  { maskKey, signal }: { maskKey: MaskKey | null; signal?: AbortSignal | undefined },
): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  let characters = 0;
  for (const line of lines.toSorted(byTime)) {
    characters += line.msg.length;
    if (characters > CHARACTERS_AT_ONCE) {
      await nextTurn();
      if (signal?.aborted) throw new AppError('interrupted', 'reading the cluster log: interrupted');
      characters = 0;
    }
    entries.push(toLogEntry(line, maskKey));
  }
  return entries;
}

/** Whether all lines are younger than the newest stored task, so that lines in between may be missing. */
function isAllNew(lines: readonly PveLogLine[], knownUpids: ReadonlyMap<string, TaskState>): boolean {
  let newestMs = 0;
  for (const upid of knownUpids.keys()) newestMs = Math.max(newestMs, parseUpid(upid)?.startedAt.getTime() ?? 0);
  return newestMs > 0 && lines.every(({ time }) => time * 1000 > newestMs);
}

function byTime(a: PveLogLine, b: PveLogLine): number {
  if (a.time !== b.time) return a.time - b.time;
  return a.node === b.node ? Number(a.uid) - Number(b.uid) : a.node < b.node ? -1 : 1;
}

export function toLogEntry({ node, uid, time, user, tag, pid, msg }: PveLogLine, maskKey: MaskKey | null): LogEntry {
  const update = parseConfigUpdate(msg, maskKey);
  const alternatives = update?.isAmbiguous === true ? otherReadings(msg, maskKey) : null;
  return {
    node,
    uid,
    at: new Date(time * 1000),
    ...splitAuthId(user),
    tag,
    pid: pid ?? null,
    message: maskMessage(msg, maskKey),
    update,
    ...(alternatives !== null && { alternatives }),
  };
}
