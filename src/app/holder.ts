import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';
import { types } from 'node:util';

const RANDOM = randomBytes(4).toString('hex');
const HOLDER = /^(\d+)@(.+)#([0-9a-f]+)\.([0-9a-z]+)/;

/**
 * Who holds a lease: this process, as `PID@host#PLACE.START`. The place is where the number means this process, and the start
 * tells it from a later one of the same number.
 */
export function ownHolder(): string {
  return `${process.pid}@${os.hostname()}#${place()}.${startOf(process.pid) ?? RANDOM}`;
}

/** Whether a holder was a process of this place that is not there any more: its lease need not run out. */
export function isDeadHolder(holder: string): boolean {
  const [, pid, , heldAt, start] = HOLDER.exec(holder) ?? [];
  if (pid === undefined || heldAt !== place()) return false;
  if (!isRunning(Number(pid))) return true;
  const running = startOf(Number(pid));
  return running !== null && running !== start;
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 only asks whether the process exists.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(types.isNativeError(error) && 'code' in error && error.code === 'ESRCH');
  }
}

/**
 * Where process numbers mean the same processes. Containers share a kernel and may share a host name, so on Linux it is the
 * boot and the namespace of process numbers; elsewhere the host's name with its network cards.
 */
function place(): string {
  const text = linuxPlace() ?? `${os.hostname()} ${cards().join(' ')}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

function linuxPlace(): string | null {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

function cards(): string[] {
  const all = Object.values(os.networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return [...new Set(all.map(({ mac }) => mac))].sort();
}

/** Clock ticks from boot to the start of a process, in base 36; null where nobody tells. Source: proc_pid_stat(5), field 22. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name of the program, in parentheses, and may itself hold some.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return ticks === undefined ? null : Number(ticks).toString(36);
  } catch {
    return null;
  }
}
