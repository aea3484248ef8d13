import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveLogLine } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import type { ScopeReport } from '../../types/observation.ts';
import type { LogEntry, TaskState } from '../../types/task.ts';
import { parseUpid, splitAuthId } from '../../types/upid.ts';
import { attempt, failedScope, scopeWithRights } from './attempt.ts';
import { type ClusterView, missingOf } from './cluster.ts';
import { maskMessage, otherReadings, parseConfigUpdate } from './config-update.ts';
import { NEEDED } from './permissions.ts';

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
  const log = toLog(lines, maskKey);
  return { log, scope: scopeWithRights('log', log.length, missingOf(view, NEEDED.log)) };
}

/** Oldest first. */
export function toLog(lines: readonly PveLogLine[], maskKey: MaskKey | null): LogEntry[] {
  return lines.toSorted(byTime).map((line) => toLogEntry(line, maskKey));
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
