import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveLogLine } from '../../api/pve-types.ts';
import { parseUpid } from '../../api/upid.ts';
import type { Outcome } from '../../types/audit-record.ts';
import { splitAuthId } from '../../types/auth-id.ts';
import { AppError } from '../../types/errors.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import type { ScopeReport } from '../../types/observation.ts';
import { attempt } from '../scope-reports.ts';
import { type ClusterView, missingOf } from './cluster.ts';
import { maskMessage, otherReadings, parseConfigUpdate } from './config-update.ts';
import { NEEDED } from './permissions.ts';
import type { LogEntry } from './records/record.ts';
import { failedScope, scopeWithRights } from './scopes.ts';

export const LINES = 500;
/** More than the ring of 128 KiB holds (pve-cluster src/pmxcfs/logger.h). */
const ALL_LINES = 5000;

export interface LogQuery {
  client: ProxmoxClient;
  call: CallOptions;
  maskKey: MaskKey | null;
  knownTasks: ReadonlyMap<string, Outcome>;
}

/** Reads the cluster log, oldest line first. Without Sys.Syslog on / it has only the token's own lines. */
export async function readLog(query: LogQuery, view: ClusterView): Promise<{ log: LogEntry[]; scope: ScopeReport }> {
  const { client, call, maskKey } = query;
  let lines = await attempt(client.getClusterLog({ max: LINES }, call));
  if (lines instanceof AppError) return { log: [], scope: failedScope('log', lines) };
  if (lines.length === LINES && isAllNew(lines, query.knownTasks)) {
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
function isAllNew(lines: readonly PveLogLine[], knownTasks: ReadonlyMap<string, Outcome>): boolean {
  let newestMs = 0;
  for (const upid of knownTasks.keys()) newestMs = Math.max(newestMs, parseUpid(upid)?.startedAt.getTime() ?? 0);
  return newestMs > 0 && lines.every(({ time }) => time * 1000 > newestMs);
}

function byTime(a: PveLogLine, b: PveLogLine): number {
  if (a.time !== b.time) return a.time - b.time;
  return a.node === b.node ? Number(a.uid) - Number(b.uid) : a.node < b.node ? -1 : 1;
}

export function toLogEntry({ node, uid, time, user, tag, pid, msg }: PveLogLine, maskKey: MaskKey | null): LogEntry {
  const update = parseConfigUpdate(msg, maskKey);
  const alternatives = update?.isAmbiguous === true ? otherReadings(msg, maskKey) : null;
  const at = new Date(time * 1000);
  const { user: actor, token } = splitAuthId(user);
  return {
    source: 'log',
    ref: `${node}/${uid}`,
    verb: update === null ? 'other' : 'configure',
    native: tag,
    target: update === null ? null : String(update.vmid),
    targetName: null,
    place: node,
    actor,
    credential: token,
    at,
    endedAt: at,
    outcome: 'ok',
    text: maskMessage(msg, maskKey),
    pid: pid ?? null,
    update,
    ...(alternatives !== null && { alternatives }),
  };
}
