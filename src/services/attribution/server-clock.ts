import type { Evidence } from './evidence.ts';
import { holds, TOLERANCE_MS, toServerWindow } from './guest-evidence.ts';

/** Twice what Proxmox VE's tickets tolerate. Source: pve-access-control src/PVE/AccessControl.pm, $auth_graceperiod. */
const PLAUSIBLE_SKEW_MS = 600_000;

/** The time of the last thing that the server tells; null when an earlier run has seen it, or there is none. */
function newestTime({ tasks, log }: Evidence, oldUpids: ReadonlySet<string>): Date | null {
  let newest: { time: Date; isNew: boolean } | null = null;
  for (const task of tasks) {
    const time = task.endedAt ?? task.startedAt;
    if (newest === null || time > newest.time) newest = { time, isNew: !oldUpids.has(task.upid) };
  }
  for (const { at, update } of log) {
    if (update !== null && (newest === null || at > newest.time)) newest = { time: at, isNew: true };
  }
  return newest?.isNew ? newest.time : null;
}

/**
 * The server's clock minus ours, as far as its Date header is to be believed: that may be of a proxy or appliance in between
 * whose clock is wrong. More than some minutes are not, when the last new task or line is of the time since the previous
 * run without the skew, and before it with the skew.
 */
export function believedSkewMs(
  since: { notBefore: Date | null; notAfter: Date },
  evidence: Evidence,
  oldUpids: ReadonlySet<string>,
): number {
  const { clockSkewMs } = evidence;
  if (Math.abs(clockSkewMs) <= PLAUSIBLE_SKEW_MS || since.notBefore === null) return clockSkewMs;
  const newest = newestTime(evidence, oldUpids);
  if (newest === null || holds(toServerWindow(since, evidence), newest, TOLERANCE_MS)) return clockSkewMs;
  return holds(toServerWindow(since, { clockSkewMs: 0 }), newest, TOLERANCE_MS) ? 0 : clockSkewMs;
}
