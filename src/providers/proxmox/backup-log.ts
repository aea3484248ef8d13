import type { BackupTask, GuestBackup } from '../../types/inner-facts.ts';

const STARTED = /^INFO: Starting Backup of VM (\d+) /;
const STARTED_AT = /^INFO: Backup started at (\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;
const ARCHIVE = /^INFO: creating (?:vzdump|Proxmox Backup Server) archive '([^']{1,1024})'$/;
const SIZE = /^INFO: archive file size: (\d{1,9}(?:\.\d{1,4})?)(B|KB|MB|GB|TB)$/;
const FINISHED = /^INFO: Finished Backup of VM (\d+) /;
const FAILED = /^ERROR: Backup of VM (\d+) failed/;
const WAITED = /global lock/;

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];
const QUARTER_MS = 15 * 60_000;
const MAX_OFFSET_MS = 14 * 3_600_000;
/** From the start of a task to that of its first backup. */
const MAX_BEGIN_MS = 5 * 60_000;

/**
 * What became of each guest of a backup, by the log of its task. Times in it are the node's own, without a zone: how far they are
 * from ours follows from the first of them, unless the task waited for another one before.
 * Source: pve-manager PVE/VZDump.pm exec_backup_task; format_size for the sizes.
 */
export function readBackupLog(task: Pick<BackupTask, 'ref' | 'at'>, lines: Iterable<string>): GuestBackup[] {
  const found = new Map<string, GuestBackup>();
  let current: GuestBackup | null = null;
  let offset: number | null = null;
  let hasWaited = false;
  for (const line of lines) {
    const started = STARTED.exec(line)?.[1];
    if (started !== undefined) {
      current = { ref: task.ref, nativeId: started, at: task.at, isOk: false, bytes: null, volume: null };
      found.set(started, current);
      continue;
    }
    if (WAITED.test(line)) hasWaited = true;
    const failed = FAILED.exec(line)?.[1];
    if (failed !== undefined && !found.has(failed)) {
      found.set(failed, { ref: task.ref, nativeId: failed, at: task.at, isOk: false, bytes: null, volume: null });
    }
    if (current === null) continue;
    const local = localTime(line);
    if (local !== null) {
      offset ??= hasWaited ? Number.NaN : zoneOffset(local - task.at.getTime());
      if (!Number.isNaN(offset)) current.at = new Date(local - offset);
    }
    current.volume = ARCHIVE.exec(line)?.[1] ?? current.volume;
    current.bytes = sizeOf(line) ?? current.bytes;
    if (FINISHED.exec(line)?.[1] === current.nativeId) current.isOk = true;
  }
  return [...found.values()];
}

/** As if the node were in UTC; null for a line that is no such one. */
function localTime(line: string): number | null {
  const [, year, month, day, hour, minute, second] = STARTED_AT.exec(line) ?? [];
  if (second === undefined) return null;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}

/** Zones are whole quarters of an hour apart. NaN: it cannot be told. */
function zoneOffset(difference: number): number {
  const offset = Math.floor(difference / QUARTER_MS) * QUARTER_MS;
  return Math.abs(offset) <= MAX_OFFSET_MS && difference - offset <= MAX_BEGIN_MS ? offset : Number.NaN;
}

function sizeOf(line: string): number | null {
  const [, amount, unit = ''] = SIZE.exec(line) ?? [];
  return amount === undefined ? null : Math.round(Number(amount) * 1024 ** UNITS.indexOf(unit));
}
