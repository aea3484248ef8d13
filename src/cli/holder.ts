import os from 'node:os';
import { types } from 'node:util';

/** Who holds a lease: this process, as `PID@host`. */
export function ownHolder(): string {
  return `${process.pid}@${os.hostname()}`;
}

/** Whether a holder was a process of this machine that is not there any more: its lease need not run out. */
export function isDeadHolder(holder: string): boolean {
  const [, pid, host] = /^(\d+)@(.+)$/.exec(holder) ?? [];
  if (pid === undefined || host !== os.hostname()) return false;
  try {
    // Signal 0 only asks whether the process exists.
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return types.isNativeError(error) && 'code' in error && error.code === 'ESRCH';
  }
}
