import type { ProviderRules } from '../../../../src/providers/rules.ts';
import { AppError } from '../../../../src/types/errors.ts';
import { type IncarnationDecision, type Machine, NO_TASKS } from '../../../../src/types/incarnation.ts';
import { lastObservedAt } from '../../../../src/types/last-observed.ts';
import type { ClusterIdentity, Issue, Observation } from '../../../../src/types/observation.ts';
import type { KnownState } from '../../../../src/types/plan.ts';
import type { RunFacts } from '../../../../src/types/run-facts.ts';
import { findScope } from '../../../../src/types/scope.ts';
import { attribute, recordsOf } from './attribute.ts';

export const rules: ProviderRules = {
  compareIdentity: (a, b) => (a.systemId === b.systemId ? 'same' : 'other'),
  admit,
  nextIdentity: (known, { identity }) => (known !== null && isEqual(known, identity) ? null : identity),

  decideIncarnation,
  generationOf: () => undefined,
  wasBroughtBack: () => false,
  findOrigin: () => ({ event: null, previousId: null }),
  wasMovedAway: () => false,

  idNoun: 'id',
  destructionWord: 'deleted',
  doubtAbsence: (_guest, seen) => doubtListing(seen),
  doubtStorage: () => 'a folder has no storages',
  doubtNode: () => null,
  doubtStatus: () => null,
  hasLeft: (node, { identity }) => !identity.nodeNames.includes(node),
  isCurrent: () => true,
  storageDefinitions: 'nothing: a folder has no storages',
  describeLeftovers: () => [],
  describeHidden: () => null,

  toFacts: (known, seen) => toFacts(known, seen),
  changedAfter: (guest, _seen, _patch, { known }) => {
    const since = known.incompleteSince['guests'];
    const observed = lastObservedAt(guest);
    return since !== undefined && new Date(since) < observed ? new Date(since) : observed;
  },
  createdAfter: (_kind, { known }) => (known.incompleteSince['guests'] === undefined ? known.lastCompleteAt : null),
  lifecycleOf: () => NO_TASKS,
  findDestruction: ({ identity }, window, { evidence }) => {
    const found = recordsOf(identity.handle, window, evidence.records).find(({ verb }) => verb === 'destroy');
    return found === undefined ? null : { actor: found.actor };
  },
  hasHiddenSecret: () => false,
  isWorthStoring: () => true,
  attribute,
  planSteps: (explained) => ({ changes: explained, guests: [] }),

  detailQuestions: () => ({ snapshots: [], clones: [] }),
  withDetails: (seen) => seen,
};

/** Throws AppError('wrong-cluster'). */
function admit({ providerName, identity }: KnownState, seen: Observation): Issue[] {
  if (identity === null || identity.systemId === seen.identity.systemId) return [];
  throw new AppError('wrong-cluster', `${providerName}: the folder belongs to another system`, {
    hint: 'check the folder; to watch the other system as well, add it as a provider of its own',
  });
}

function isEqual(a: ClusterIdentity, b: ClusterIdentity): boolean {
  return a.systemId === b.systemId && a.nodeNames.join() === b.nodeNames.join();
}

/** Ids are used again; uuids are not. */
function decideIncarnation(known: Machine, seen: Machine): IncarnationDecision {
  const isSame = known.identity.uuid === seen.identity.uuid;
  const reason = isSame ? 'it has the same uuid' : 'it has another uuid';
  return { decision: isSame ? 'same' : 'new', event: null, confidence: 'exact', reason };
}

function doubtListing(seen: Observation): string | null {
  const listing = findScope(seen.scopes, 'guests');
  return listing?.coverage === 'complete' ? null : (listing?.message ?? 'the guests were not listed');
}

function toFacts(known: KnownState, seen: Observation): RunFacts {
  const records = [...known.recentRecords, ...seen.records];
  const gaps = { log: findScope(seen.scopes, 'events')?.coverage !== 'complete', nodes: new Set<string>() };
  const evidence = { records, clockSkewMs: 0, gaps, sources: known.guests };
  const none: ReadonlySet<string> = new Set();
  return { known, seen, evidence, rebuiltIds: none, secretIds: none, oldRefs: none, relatives: () => [] };
}
