import { execFile } from 'node:child_process';
import path from 'node:path';
import { findProgram } from '../../app/config/find-program.ts';
import type { Io } from '../output/io.ts';

/** Reports the service's state to systemd if the unit has Type=notify. */
export interface Notifier {
  /** Sends `READY=1` or `STOPPING=1`. Fails silently: the service keeps running without notifications. */
  tell(...states: readonly string[]): Promise<void>;
  /** Calls `isAlive` at half of WatchdogSec, and sends WATCHDOG=1 if it returns true. */
  startWatchdog(isAlive: () => boolean): void;
  close(): void;
}

const TELL_TIMEOUT_MS = 5000;
const LEAST_MS = 500;

/**
 * Node has no Unix datagram sockets, so `systemd-notify` sends the messages, which requires NotifyAccess=all in the unit. The
 * address is the only environment variable that it gets.
 */
export function openNotifier({ env }: Pick<Io, 'env'>): Notifier {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: watchdog, PATH: searchPath } = env;
  const program = socket ? findProgram('systemd-notify', searchPath) : null;
  let timer: NodeJS.Timeout | undefined;
  const tell = (...states: readonly string[]): Promise<void> => {
    if (program === null) return Promise.resolve();
    const options = { env: { NOTIFY_SOCKET: socket }, cwd: path.parse(program).root, timeout: TELL_TIMEOUT_MS };
    return new Promise((resolve) => {
      execFile(program, [...states], options, () => resolve());
    });
  };
  return {
    tell,
    startWatchdog(isAlive) {
      const everyMs = Number(watchdog) / 2000;
      if (program === null || !(everyMs >= LEAST_MS)) return;
      timer = setInterval(() => {
        if (isAlive()) void tell('WATCHDOG=1');
      }, everyMs);
      timer.unref();
    },
    close: () => clearInterval(timer),
  };
}
