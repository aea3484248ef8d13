import type { GuestKind } from '../../types/guest.ts';
import type { BackupTask, GuestBackup } from '../../types/inner-facts.ts';

const COMMAND = /^INFO: starting new backup job: vzdump((?: \d{1,10})*)/;
const STARTED = /^INFO: Starting Backup of VM (\d{1,10}) \((qemu|lxc)\)$/;
const STARTED_AT = /^INFO: Backup started at (\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;
const ARCHIVE = /^INFO: creating (?:vzdump|Proxmox Backup Server) archive '([^']{1,1024})'$/;
const SIZE = /^INFO: archive file size: (\d{1,9}(?:\.\d{1,4})?)(B|KB|MB|GB|TB)$/;
const FINISHED = /^INFO: Finished Backup of VM (\d{1,10}) /;
const FAILED = /^ERROR: Backup of VM (\d{1,10}) failed/;
const WAITED = /global lock/;

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];
const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 3_600_000;
const MAX_OFFSET_MS = 14 * HOUR_MS;
/** From the start of a task to that of its first backup. */
const MAX_BEGIN_MS = 5 * 60_000;

/**
 * What became of each guest of a backup, by the log of its task: of the guests that the task is about, for whoever may start a backup
 * can get lines of their own into the log. Times in it are the node's own, without a zone: how far they are from ours follows from
 * the first of them, unless the task waited for another one before. None is outside of the task.
 * Source: pve-manager PVE/VZDump.pm exec_backup_task; format_size for the sizes.
 */
export function readBackupLog(task: Omit<BackupTask, 'node' | 'isOk'>, lines: Iterable<string>): GuestBackup[] {
  const found = new Map<string, GuestBackup>();
  let named: ReadonlySet<string> | null = task.nativeId === null ? null : new Set([task.nativeId]);
  let current: GuestBackup | null = null;
  let isTimed = false;
  let clock: NodeClock | null = null;
  let hasWaited = false;
  for (const line of lines) {
    named ??= namedIn(line);
    const isMeant = (id: string): boolean => named === null || named.size === 0 || named.has(id);
    const [, started, kind] = STARTED.exec(line) ?? [];
    if (started !== undefined && isMeant(started) && !found.has(started)) {
      current = { ...unfinished(task, started), kind: kind as GuestKind };
      isTimed = false;
      found.set(started, current);
      continue;
    }
    if (WAITED.test(line)) hasWaited = true;
    const failed = FAILED.exec(line)?.[1];
    if (failed !== undefined && isMeant(failed) && !found.has(failed)) found.set(failed, unfinished(task, failed));
    if (current === null) continue;
    const local = isTimed ? null : localTime(line);
    if (local !== null) {
      clock ??= new NodeClock(task, hasWaited ? null : zoneOffset(local - task.at.getTime()));
      current.at = clock.read(local);
      isTimed = true;
    }
    current.volume ??= ARCHIVE.exec(line)?.[1] ?? null;
    current.bytes ??= sizeOf(line);
    if (FINISHED.exec(line)?.[1] === current.nativeId) current.isOk = true;
  }
  return [...found.values()];
}

/** The guests that the command of a task names, in its first line; empty: it names none, but all or a pool. */
function namedIn(line: string): ReadonlySet<string> | null {
  const ids = COMMAND.exec(line)?.[1];
  return ids === undefined ? null : new Set(ids.split(' ').filter((id) => id !== ''));
}

function unfinished({ ref, at }: Pick<BackupTask, 'ref' | 'at'>, nativeId: string): GuestBackup {
  return { ref, nativeId, kind: null, at, isOk: false, bytes: null, volume: null };
}

/** Reads the times of one log, which do not go back but where the clocks do. */
class NodeClock {
  readonly #task: Pick<BackupTask, 'at' | 'endedAt'>;
  /** null: it cannot be told. */
  readonly #offset: number | null;
  #last: number;

  constructor(task: Pick<BackupTask, 'at' | 'endedAt'>, offset: number | null) {
    this.#task = task;
    this.#offset = offset;
    this.#last = task.at.getTime();
  }

  read(local: number): Date {
    if (this.#offset === null) return this.#task.at;
    const first = local - this.#offset;
    const time = first < this.#last ? first + HOUR_MS : first;
    if (time < this.#last || time > this.#task.endedAt.getTime()) return this.#task.at;
    this.#last = time;
    return new Date(time);
  }
}

/** As if the node were in UTC; null for a line that is no such one. */
function localTime(line: string): number | null {
  const [, year, month, day, hour, minute, second] = STARTED_AT.exec(line) ?? [];
  if (second === undefined) return null;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}

/** Zones are whole or half hours apart, but for a few at three quarters. null: it cannot be told. */
function zoneOffset(difference: number): number | null {
  const offset = Math.floor(difference / QUARTER_MS) * QUARTER_MS;
  const minutes = Math.abs(offset / 60_000) % 60;
  const isZone = minutes === 0 || minutes === 30 || (minutes === 45 && offset > 0);
  return isZone && Math.abs(offset) <= MAX_OFFSET_MS && difference - offset <= MAX_BEGIN_MS ? offset : null;
}

function sizeOf(line: string): number | null {
  const [, amount, unit = ''] = SIZE.exec(line) ?? [];
  const bytes = Math.round(Number(amount) * 1024 ** UNITS.indexOf(unit));
  return Number.isSafeInteger(bytes) ? bytes : null;
}
