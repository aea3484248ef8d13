import { type IncarnationDecision, type Machine, NO_TASKS } from '../../types/incarnation.ts';
import { lastObservedAt } from '../../types/last-observed.ts';
import type { NodeObservation, Observation } from '../../types/observation.ts';
import type { KnownGuest, KnownState } from '../../types/plan.ts';
import { relativesOf } from '../../types/relatives.ts';
import type { RunFacts } from '../../types/run-facts.ts';
import { findScope } from '../../types/scope.ts';
import { toPlanned, UNEXPLAINED } from '../explanation.ts';
import type { ProviderRules } from '../rules.ts';
import { admit, compareIdentity, nextIdentity } from '../system-identity.ts';
import { CONFIG_SCOPE } from './discover.ts';

/** Uuids, which are never used again, and no records. */
export const rules: ProviderRules = {
  compareIdentity,
  admit,
  nextIdentity,
  decideIncarnation,
  generationOf: () => undefined,
  wasBroughtBack: () => false,
  findOrigin: () => ({ event: null, previousId: null }),
  wasMovedAway: () => false,
  idNoun: 'uuid',
  destructionWord: 'deleted',
  doubtAbsence: (_guest, seen) => doubtListing(seen),
  doubtStorage: () => 'storages of VirtFusion are not listed',
  doubtNode: ({ name }, seen, { acceptRemovals }) => doubtNode(name, seen, acceptRemovals),
  doubtStatus: ({ unobservable }: NodeObservation) => unobservable,
  hasLeft,
  isCurrent: () => true,
  storageDefinitions: 'the storage of hypervisors in the control panel',
  describeLeftovers: () => [],
  describeHidden: () => null,
  toFacts: (known, seen) => toFacts(known, seen),
  changedAfter: (guest, _seen, _patch, { known }) => changedAfter(guest, known),
  createdAfter: (_kind, { known }) => (known.incompleteSince['guests'] === undefined ? known.lastCompleteAt : null),
  lifecycleOf: () => NO_TASKS,
  findDestruction: () => null,
  hasHiddenSecret: () => false,
  isWorthStoring: () => true,
  attribute: (changes) => changes.map((change) => toPlanned(change, UNEXPLAINED)),
  planSteps: (explained) => ({ changes: explained, guests: [] }),
  detailQuestions: () => ({ snapshots: [], clones: [] }),
  withDetails: (seen) => seen,
};

function decideIncarnation(known: Machine, seen: Machine): IncarnationDecision {
  if (known.kind === seen.kind)
    return { decision: 'same', event: null, confidence: 'exact', reason: 'it has the same uuid' };
  return { decision: 'new', event: null, confidence: 'exact', reason: `was ${known.kind}, is ${seen.kind}` };
}

function doubtListing(seen: Observation): string | null {
  const listing = findScope(seen.scopes, 'guests');
  if (listing?.coverage === 'complete') return null;
  return listing?.message ?? 'the list of servers could not be read';
}

function doubtNode(name: string, seen: Observation, acceptRemovals: boolean): string | null {
  if (!hasLeft(name, seen)) return seen.membersDoubt ?? 'the list of hypervisors could not be read';
  if (acceptRemovals) return null;
  return 'missing from the list of hypervisors: it was removed, renamed or hidden; --accept-removals records its removal';
}

function hasLeft(node: string, { identity, membersDoubt }: Observation): boolean {
  return membersDoubt === undefined && identity.nodeNames.length > 0 && !identity.nodeNames.includes(node);
}

/** While lists or details were not whole, some fields stayed unread. */
function changedAfter(guest: KnownGuest, { incompleteSince }: KnownState): Date {
  const since = ['guests', CONFIG_SCOPE].flatMap((scope) => incompleteSince[scope] ?? []);
  return new Date(Math.min(lastObservedAt(guest).getTime(), ...since.map((time) => Date.parse(time))));
}

function toFacts(known: KnownState, seen: Observation): RunFacts {
  const evidence = {
    records: [],
    clockSkewMs: seen.clockSkewMs ?? 0,
    startedAt: seen.startedAt,
    sources: known.guests,
  };
  const none: ReadonlySet<string> = new Set();
  return { known, seen, evidence, rebuiltIds: none, secretIds: none, oldRefs: none, relatives: relativesOf(known) };
}
