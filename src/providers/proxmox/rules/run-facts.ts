import type { EarlierReads, EvidenceGaps } from '../../../types/evidence.ts';
import type { Observation } from '../../../types/observation.ts';
import type { KnownState } from '../../../types/plan.ts';
import { relativesOf } from '../../../types/relatives.ts';
import type { RunFacts } from '../../../types/run-facts.ts';
import { placesOf } from '../../../types/scope.ts';
import type { Task } from '../../../types/task.ts';
import { idsOfSecretWrites } from '../attribution/secret-writes.ts';
import { readServerClock } from '../attribution/server-clock.ts';

const REBUILD = /^(?:qm|vz)(?:create|destroy|restore|rollback)$/;

export function toRunFacts(known: KnownState, seen: Observation, finishedAt: Date): RunFacts {
  const tasks = [...new Map([...known.recentTasks, ...seen.tasks].map((task) => [task.upid, task])).values()];
  const oldUpids = new Set(known.recentTasks.filter(isFinished).map(({ upid }) => upid));
  const told = {
    tasks,
    log: seen.log,
    clockSkewMs: seen.clockSkewMs ?? 0,
    earlier: toEarlierReads(known, oldUpids),
    gaps: gapsOf(seen),
    startedAt: seen.startedAt,
    sources: known.guests,
  };
  const since = { notBefore: known.lastCompleteAt, notAfter: seen.observedAt };
  const { skewMs, errorMs } = readServerClock(since, told, finishedAt);
  const evidence = { ...told, clockSkewMs: skewMs, clockErrorMs: errorMs };
  return {
    known,
    seen,
    evidence,
    rebuiltIds: new Set(tasks.filter(({ type }) => REBUILD.test(type)).map(({ id }) => id)),
    secretIds: idsOfSecretWrites(since, evidence),
    oldUpids,
    relatives: relativesOf(known),
  };
}

function toEarlierReads(known: KnownState, upids: ReadonlySet<string>): EarlierReads {
  const { recentLines, incompleteSince, lastCompleteAt } = known;
  return {
    upids,
    lines: recentLines?.keys ?? new Set(),
    linesSince: recentLines?.since ?? lastCompleteAt ?? new Date(0),
    isLogWhole: recentLines !== undefined && lastCompleteAt !== null && incompleteSince['log'] === undefined,
    wholeAt: lastCompleteAt,
    nodesWithoutTasks: new Set(placesOf(Object.keys(incompleteSince), 'tasks')),
  };
}

/** A source that was not requested, as in a partial read, is no gap: the guests were reported by sources that were read. */
function gapsOf({ scopes }: Observation): EvidenceGaps {
  const partial = scopes
    .filter(({ coverage }) => coverage !== 'complete' && coverage !== 'skipped')
    .map(({ scope }) => scope);
  return { log: partial.includes('log'), nodes: new Set(placesOf(partial, 'tasks')) };
}

function isFinished({ endedAt }: Task): boolean {
  return endedAt !== null;
}
