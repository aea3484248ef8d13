import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions } from '../../api/pve-types.ts';
import { AppError, type ErrorCode } from '../../types/errors.ts';
import type { BackupTask, GuestBackup } from '../../types/inner-facts.ts';
import { readBackupLog } from './backup-log.ts';

/** A guest takes some twenty lines, and a line for each percent or two of a large one. */
const PAGE = 5_000;
const MAX_LINES = 100_000;
/** Of one run. */
const MAX_LOGS = 20;
/** What a log will be another time, too. */
const FINAL: ReadonlySet<ErrorCode> = new Set(['parameter', 'malformed', 'no-endpoint']);
/** What another log of that node would be told as well. */
const OF_NODE: ReadonlySet<ErrorCode> = new Set([
  'node-unreachable',
  'unreachable',
  'timeout',
  'forbidden',
  'unauthenticated',
]);

interface Reading {
  client: ProxmoxClient;
  call: CallOptions & { signal: AbortSignal };
  /** With all guests of a task at once; none where its log tells of none. */
  onBackups: (task: BackupTask, backups: readonly GuestBackup[]) => void;
}

/** Reads the logs of backups one after the other. Ends without an error when the signal says so. */
export async function readBackups({ client, call, onBackups }: Reading, tasks: readonly BackupTask[]): Promise<void> {
  const failed = new Set<string>();
  let count = 0;
  for (const task of tasks) {
    if (failed.has(task.node)) continue;
    if (++count > MAX_LOGS) return;
    const lines = await readLines(client, task, call).catch(asAppError);
    if (call.signal.aborted) return;
    if (!(lines instanceof AppError)) {
      // A log that is gone is one line that says so.
      const found = readBackupLog(task, lines);
      onBackups(task, found.length > 0 ? found : withoutLog(task));
    } else if (FINAL.has(lines.code)) onBackups(task, withoutLog(task));
    else if (OF_NODE.has(lines.code)) failed.add(task.node);
  }
}

async function readLines(client: ProxmoxClient, { node, ref }: BackupTask, call: CallOptions): Promise<string[]> {
  const lines: string[] = [];
  while (lines.length < MAX_LINES) {
    const page = await client.getTaskLog(node, ref, { start: lines.length, limit: PAGE }, call);
    for (const { t } of page.lines) lines.push(t);
    if (page.lines.length < PAGE) break;
  }
  return lines;
}

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  throw error;
}

/** Of a task about one guest its end tells enough. */
function withoutLog({ ref, nativeId, at, isOk }: BackupTask): GuestBackup[] {
  return nativeId === null ? [] : [{ ref, nativeId, kind: null, at, isOk, bytes: null, volume: null }];
}
