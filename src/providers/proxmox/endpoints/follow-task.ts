import { setTimeout as sleep } from 'node:timers/promises';
import type { ProxmoxClient } from '../../../api/proxmox-client.ts';
import { parseUpid } from '../../../api/upid.ts';
import { AppError } from '../../../types/errors.ts';
import type { TaskEnd } from '../../acting.ts';
import { attempt } from '../../scope-reports.ts';

export interface FollowOptions {
  signal: AbortSignal;
  onLine: (line: string) => void;
  /** Milliseconds between two questions: first, and at most. */
  pauseMs?: readonly [number, number];
  /** How long it may be out of reach. */
  lostMs?: number;
}

type TaskReader = Pick<ProxmoxClient, 'getTaskStatus' | 'getTaskLog'>;

const PAUSE_MS = [250, 2000] as const;
const LOST_MS = 120_000;

/** Follows a task to its end, its log line by line. Throws AppError once it cannot be asked for longer; the task goes on then. */
export async function followTask(client: TaskReader, upid: string, options: FollowOptions): Promise<TaskEnd> {
  const node = parseUpid(upid)?.node ?? '';
  try {
    return await followFrom(client, { node, upid }, options);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${error.message}; the task goes on`, {
      hint: `see how it ends: rollcall api get /nodes/${node}/tasks/${upid}/status`,
    });
  }
}

async function followFrom(
  client: TaskReader,
  { node, upid }: { node: string; upid: string },
  { signal, onLine, pauseMs = PAUSE_MS, lostMs = LOST_MS }: FollowOptions,
): Promise<TaskEnd> {
  let printed = 0;
  let [waitMs] = pauseMs;
  let answeredMs = performance.now();
  for (;;) {
    const status = await attempt(client.getTaskStatus(node, upid, { signal }));
    if (!(status instanceof AppError)) {
      answeredMs = performance.now();
      printed += await printLog(client, { node, upid, start: printed, signal }, onLine);
      if (status.status === 'stopped') return toEnd(status.exitstatus);
    } else if (performance.now() - answeredMs > lostMs) throw status;
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    waitMs = Math.min(waitMs * 2, pauseMs[1]);
  }
}

const PAGE = 500;

/** Prints the lines from `start` on, and gives their number. A log that cannot be read says nothing of how its task ends. */
async function printLog(
  client: TaskReader,
  { node, upid, start, signal }: { node: string; upid: string; start: number; signal: AbortSignal },
  onLine: (line: string) => void,
): Promise<number> {
  for (let count = 0; ; ) {
    const page = await attempt(client.getTaskLog(node, upid, { start: start + count, limit: PAGE }, { signal }));
    if (page instanceof AppError) return count;
    // A log without lines has one that says so. Source: pve-common src/PVE/Tools.pm dump_logfile.
    const lines = page.lines.filter(({ t }) => t !== 'no content');
    for (const { t } of lines) onLine(t);
    count += lines.length;
    if (page.lines.length < PAGE) return count;
  }
}

/** `WARNINGS: n` is success. Source: pve-common src/PVE/UPID.pm status_is_error. */
function toEnd(message: string | undefined): TaskEnd {
  if (message === undefined)
    return { outcome: 'unknown', message: 'the server does not say how it ended', endedAt: null };
  const outcome = message === 'OK' ? 'ok' : /^WARNINGS: \d+$/.test(message) ? 'warning' : 'failed';
  return { outcome, message, endedAt: null };
}
