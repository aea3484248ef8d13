import { execFile } from 'node:child_process';
import type { Io } from '../io.ts';

/** Tells systemd, when it asked for it (Type=notify), how the service does. */
export interface Notifier {
  /** `READY=1`, `STOPPING=1`. Fails silently: a service that runs is worth more than one that told. */
  tell(...states: readonly string[]): Promise<void>;
  /** Calls `isAlive` at half of WatchdogSec, and tells when it is. */
  startWatchdog(isAlive: () => boolean): void;
  close(): void;
}

const TELL_TIMEOUT_MS = 5000;
const LEAST_MS = 500;

/**
 * Node has no datagram sockets of this kind, so `systemd-notify` speaks for it: hence NotifyAccess=all in the unit. It gets
 * nothing of the environment but the address.
 */
export function openNotifier({ env }: Pick<Io, 'env'>): Notifier {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: watchdog, PATH: path } = env;
  let timer: NodeJS.Timeout | undefined;
  const tell = (...states: readonly string[]): Promise<void> => {
    if (!socket) return Promise.resolve();
    const childEnv = { NOTIFY_SOCKET: socket, ...(path !== undefined && { PATH: path }) };
    return new Promise((resolve) => {
      execFile('systemd-notify', [...states], { env: childEnv, timeout: TELL_TIMEOUT_MS }, () => resolve());
    });
  };
  return {
    tell,
    startWatchdog(isAlive) {
      const everyMs = Number(watchdog) / 2000;
      if (!socket || !(everyMs >= LEAST_MS)) return;
      timer = setInterval(() => {
        if (isAlive()) void tell('WATCHDOG=1');
      }, everyMs);
      timer.unref();
    },
    close: () => clearInterval(timer),
  };
}
