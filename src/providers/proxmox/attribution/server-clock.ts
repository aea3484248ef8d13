import type { EarlierReads, Evidence } from '../../../types/evidence.ts';
import { lineKey } from '../../../types/record-key.ts';
import { linesOf, tasksOf } from '../records/record.ts';
import { type ServerWindow, toServerWindow } from './server-window.ts';

/** Twice what Proxmox VE's tickets tolerate. Source: pve-access-control src/PVE/AccessControl.pm, $auth_graceperiod. */
const PLAUSIBLE_SKEW_MS = 600_000;

/** The Date header has whole seconds, and so have the records. */
const MEASURED_ERROR_MS = 1_000;
const RECKONED_ERROR_MS = 2_000;

export interface ServerClock {
  /** The server's clock minus ours. */
  skewMs: number;
  /** How far that may be off, both ways. */
  errorMs: number;
}

interface Run {
  notBefore: Date | null;
  notAfter: Date;
}

/** The time of the last thing that the server tells; null when an earlier run has seen it, or there is none. */
function newestTime(evidence: Evidence, oldRefs: ReadonlySet<string>): Date | null {
  let newest: { time: Date; isNew: boolean } | null = null;
  for (const task of tasksOf(evidence)) {
    const time = task.endedAt ?? task.at;
    if (newest === null || time > newest.time) newest = { time, isNew: !oldRefs.has(task.ref) };
  }
  for (const { at, update } of linesOf(evidence)) {
    if (update !== null && (newest === null || at > newest.time)) newest = { time: at, isNew: true };
  }
  return newest?.isNew ? newest.time : null;
}

function isNear(window: Pick<ServerWindow, 'from' | 'to'>, at: Date): boolean {
  return at.getTime() >= window.from - RECKONED_ERROR_MS && at.getTime() <= window.to + RECKONED_ERROR_MS;
}

/**
 * The server's clock minus ours, as far as its Date header is to be believed: that may be of a proxy or appliance in between
 * whose clock is wrong. More than some minutes are not, when the last new task or line is of the time since the previous
 * run without the skew, and before it with the skew.
 */
export function believedSkewMs(
  since: { notBefore: Date | null; notAfter: Date },
  evidence: Evidence,
  oldRefs: ReadonlySet<string>,
): number {
  const { clockSkewMs } = evidence;
  if (Math.abs(clockSkewMs) <= PLAUSIBLE_SKEW_MS || since.notBefore === null) return clockSkewMs;
  const newest = newestTime(evidence, oldRefs);
  if (newest === null || isNear(toServerWindow(since, evidence), newest)) return clockSkewMs;
  return isNear(toServerWindow(since, { clockSkewMs: 0 }), newest) ? 0 : clockSkewMs;
}

interface Bounds {
  least: number;
  most: number;
}

/** What the records say of the skew: none of them is younger than this run, and none that is new is older than the last one. */
function boundsOf(evidence: Evidence, earlier: EarlierReads, wholeAt: Date, readAt: Date): Bounds {
  const bounds = { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY };
  const take = (at: Date, isNew: boolean): void => {
    bounds.least = Math.max(bounds.least, at.getTime() - readAt.getTime());
    if (isNew) bounds.most = Math.min(bounds.most, at.getTime() + 1_000 - wholeAt.getTime());
  };
  for (const { ref, place, at: startedAt, endedAt } of tasksOf(evidence)) {
    const isNew = endedAt !== null && !earlier.refs.has(ref) && !earlier.nodesWithoutTasks.has(place);
    take(endedAt ?? startedAt, isNew);
  }
  for (const line of linesOf(evidence)) {
    const isWhole = earlier.isLogWhole && line.at >= earlier.linesSince;
    take(line.at, isWhole && line.update !== null && !earlier.lines.has(lineKey(line)));
  }
  return bounds;
}

/**
 * Where the server's clock stands: the Date header tells, unless the records contradict it, for it may be of a proxy whose
 * clock is wrong. Then it is taken to be ours, or as near to ours as the records allow.
 */
export function readServerClock(since: Run, evidence: Evidence, readAt: Date): ServerClock {
  const { earlier, clockSkewMs: told } = evidence;
  const wholeAt = earlier?.wholeAt ?? null;
  if (earlier === undefined || wholeAt === null) {
    return { skewMs: believedSkewMs(since, evidence, earlier?.refs ?? new Set()), errorMs: MEASURED_ERROR_MS };
  }
  const { least, most } = boundsOf(evidence, earlier, wholeAt, readAt);
  const allows = (skewMs: number): boolean => skewMs >= least - RECKONED_ERROR_MS && skewMs <= most + RECKONED_ERROR_MS;
  if (least > most + RECKONED_ERROR_MS || allows(told)) return { skewMs: told, errorMs: MEASURED_ERROR_MS };
  const skewMs = allows(0) ? 0 : Math.min(Math.max(0, least), most);
  return { skewMs, errorMs: RECKONED_ERROR_MS };
}
