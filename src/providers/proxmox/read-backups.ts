import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions } from '../../api/pve-types.ts';
import { AppError, type ErrorCode } from '../../types/errors.ts';
import type { BackupTask, GuestBackup } from '../../types/inner-facts.ts';
import { readBackupLog } from './backup-log.ts';

/** A guest takes some twenty lines, and a line for each percent or two of a large one. */
const PAGE = 5_000;
const MAX_LINES = 100_000;
/** A log that a node has thrown away does not come back. */
const FINAL: ReadonlySet<ErrorCode> = new Set(['server', 'parameter', 'malformed', 'no-endpoint']);

interface Reading {
  client: ProxmoxClient;
  call: CallOptions & { signal: AbortSignal };
  /** With all guests of a task at once; none where its log tells of none. */
  onBackups: (task: BackupTask, backups: readonly GuestBackup[]) => void;
}

/** Reads the logs of backups one after the other. Ends without an error when the signal says so. */
export async function readBackups({ client, call, onBackups }: Reading, tasks: readonly BackupTask[]): Promise<void> {
  for (const task of tasks) {
    const lines = await readLines(client, task, call).catch(asAppError);
    if (call.signal.aborted) return;
    if (!(lines instanceof AppError)) onBackups(task, readBackupLog(task, lines));
    else if (FINAL.has(lines.code)) onBackups(task, withoutLog(task));
    // Without the right to read one log, or on a node that is down, others would fail as well.
    else return;
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
  return nativeId === null ? [] : [{ ref, nativeId, at, isOk, bytes: null, volume: null }];
}
