import type { AuditRecord } from '../../../types/audit-record.ts';
import type { EarlierReads, EvidenceGaps } from '../../../types/evidence.ts';
import type { Observation } from '../../../types/observation.ts';
import type { KnownState } from '../../../types/plan.ts';
import { recordKey } from '../../../types/record-key.ts';
import { relativesOf } from '../../../types/relatives.ts';
import type { RunFacts } from '../../../types/run-facts.ts';
import { placesOf } from '../../../types/scope.ts';
import { idsOfSecretWrites } from '../attribution/secret-writes.ts';
import { readServerClock } from '../attribution/server-clock.ts';
import { tasksOf } from '../records/record.ts';

const REBUILD = /^(?:qm|vz)(?:create|destroy|restore|rollback)$/;

export function toRunFacts(known: KnownState, seen: Observation, finishedAt: Date): RunFacts {
  const records = [...new Map([...known.recentRecords, ...seen.records].map((one) => [recordKey(one), one])).values()];
  const oldRefs = new Set(known.recentRecords.filter(isFinished).map(({ ref }) => ref));
  const told = {
    records,
    clockSkewMs: seen.clockSkewMs ?? 0,
    earlier: toEarlierReads(known, oldRefs),
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
    rebuiltIds: new Set(
      tasksOf({ records })
        .filter(({ native }) => REBUILD.test(native))
        .map(({ target }) => target),
    ),
    secretIds: idsOfSecretWrites(since, evidence),
    oldRefs,
    relatives: relativesOf(known),
  };
}

function toEarlierReads(known: KnownState, oldRefs: ReadonlySet<string>): EarlierReads {
  const { recentLines, incompleteSince, lastCompleteAt } = known;
  return {
    refs: oldRefs,
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

function isFinished({ endedAt }: AuditRecord): boolean {
  return endedAt !== null;
}
