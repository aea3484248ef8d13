import type { Observation } from '../../../types/observation.ts';
import type { KnownState } from '../../../types/plan.ts';
import { relativesOf } from '../../../types/relatives.ts';
import type { RunFacts } from '../../../types/run-facts.ts';
import { findScope } from '../../../types/scope.ts';

/** The Date header has whole seconds; events have the server's own time. */
const MEASURED_ERROR_MS = 1_500;
/** Nothing told the server's time: within this clocks that NTP sets agree for certain. */
const UNMEASURED_ERROR_MS = 30_000;

export function toFacts(known: KnownState, seen: Observation): RunFacts {
  const all = [...known.recentRecords, ...seen.records];
  const records = [...new Map(all.map((record) => [record.ref, record])).values()];
  const events = findScope(seen.scopes, 'events')?.coverage;
  return {
    known,
    seen,
    evidence: {
      records,
      clockSkewMs: seen.clockSkewMs ?? 0,
      clockErrorMs: seen.clockSkewMs === null ? UNMEASURED_ERROR_MS : MEASURED_ERROR_MS,
      startedAt: seen.startedAt,
      gaps: { log: events !== 'complete' || known.incompleteSince['events'] !== undefined, nodes: new Set() },
      sources: known.guests,
    },
    rebuiltIds: new Set(),
    secretIds: new Set(),
    oldRefs: new Set(),
    relatives: relativesOf(known),
  };
}
