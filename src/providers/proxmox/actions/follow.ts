import { setTimeout as sleep } from 'node:timers/promises';
import type { ProxmoxClient } from '../../../api/proxmox-client.ts';
import type { PveTaskStatus } from '../../../api/pve-types.ts';
import { parseUpid } from '../../../api/upid.ts';
import { AppError } from '../../../types/errors.ts';
import type { TaskEnd } from '../../acting.ts';
import { attempt } from '../../scope-reports.ts';

export interface FollowOptions {
  signal: AbortSignal;
  onLine: (line: string) => void;
}

/** How long a server may not answer whom its task or its guest is waited for. */
export const PATIENCE_MS = 10 * 60_000;

const FIRST_WAIT_MS = 100;
const MOST_WAIT_MS = 2000;
const PAGE = 500;
/** `no such task`: its node was restarted and has dropped it. Source: pve-manager PVE/API2/Tasks.pm read_task_status. */
const NO_TASK = /no such task|unable to parse worker upid/i;

/** Follows a task until it has ended. Throws AppError once the server has not answered for too long, or where it is told to stop. */
export async function followTask(client: ProxmoxClient, upid: string, options: FollowOptions): Promise<TaskEnd> {
  const { signal, onLine } = options;
  const node = parseUpid(upid)?.node;
  if (node === undefined) return { outcome: 'unknown', message: 'it has no task', endedAt: null };
  const patience = new Patience();
  let lines = 0;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, MOST_WAIT_MS)) {
    const status = await attempt(client.getTaskStatus(node, upid, { signal }));
    if (status instanceof AppError) {
      if (NO_TASK.test(status.message))
        return { outcome: 'unknown', message: 'the server does not know the task any more', endedAt: null };
      patience.failed(status);
    } else {
      patience.answered();
      lines += await tell(client, { node, upid, start: lines, signal }, onLine);
      if (status.status === 'stopped') return endOf(status);
    }
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw new AppError('interrupted', `task ${upid} is not followed any longer`);
  }
}

/** Lines that were not told before; gives how many. A log that cannot be read now can be read later. */
async function tell(
  client: ProxmoxClient,
  { node, upid, start, signal }: { node: string; upid: string; start: number; signal: AbortSignal },
  onLine: (line: string) => void,
): Promise<number> {
  const page = await attempt(client.getTaskLog(node, upid, { start, limit: PAGE }, { signal }));
  if (page instanceof AppError) return 0;
  // `no content` stands for a log without a line yet. Source: pve-common src/PVE/Tools.pm dump_logfile.
  const lines = page.lines.filter(({ t, n }) => n > start && !(start === 0 && t === 'no content'));
  for (const { t } of lines) onLine(t);
  return lines.length;
}

const WARNINGS = /^WARNINGS: \d+$/;

/** `OK`, `WARNINGS: 2`, or why it failed. Source: pve-common src/PVE/Tools.pm upid_status_is_error. */
export function endOf({ exitstatus }: Pick<PveTaskStatus, 'exitstatus'>): TaskEnd {
  const endedAt = null;
  if (exitstatus === undefined || exitstatus === '' || exitstatus === 'unexpected status' || exitstatus === 'unknown') {
    return { outcome: 'unknown', message: 'the server does not know how the task ended', endedAt };
  }
  if (exitstatus === 'OK') return { outcome: 'ok', message: exitstatus, endedAt };
  return { outcome: WARNINGS.test(exitstatus) ? 'warning' : 'failed', message: exitstatus, endedAt };
}

/** Ends once a server has not answered for too long in a row. */
class Patience {
  #since: number | null = null;

  answered(): void {
    this.#since = null;
  }

  failed(error: AppError): void {
    this.#since ??= performance.now();
    if (error.code === 'interrupted' || performance.now() - this.#since > PATIENCE_MS) throw error;
  }
}
