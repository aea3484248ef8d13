import { type IncarnationDecision, type Machine, NO_TASKS } from '../types/incarnation.ts';
import { lastObservedAt } from '../types/last-observed.ts';
import type { NodeObservation, Observation } from '../types/observation.ts';
import type { KnownGuest, KnownState } from '../types/plan.ts';
import { relativesOf } from '../types/relatives.ts';
import type { RunFacts } from '../types/run-facts.ts';
import { findScope } from '../types/scope.ts';
import { toPlanned, UNEXPLAINED } from './explanation.ts';
import type { ProviderRules } from './rules.ts';
import { identityRules } from './system-identity.ts';

/** The details of guests that were listed. */
export const CONFIG_SCOPE = 'config';

/** How a platform calls things in reasons. */
export interface PlatformWords {
  /** `uuid`. */
  id: string;
  /** `servers`, `instances`. */
  guests: string;
  /** `hypervisors`, `zones`. */
  nodes: string;
  /** What becomes of a guest that is removed: `deleted`. */
  destroyed: string;
}

/**
 * The rules of a platform whose systems and guests have ids that are never used again, that lists its guests by nodes, and that
 * keeps no record of who did what. A kind with more to go by replaces single rules.
 */
export function baseRules(words: PlatformWords): ProviderRules {
  return {
    ...identityRules((one, other) => one === other),
    decideIncarnation: (known, seen) => decideIncarnation(known, seen, words),
    generationOf: () => undefined,
    wasBroughtBack: () => false,
    findOrigin: () => ({ event: null, previousId: null }),
    wasMovedAway: () => false,
    idNoun: words.id,
    destructionWord: words.destroyed,
    doubtAbsence: ({ node }, seen) => doubtListing(seen, words) ?? whyNodeDoesNotCount(node, seen),
    doubtStorage: () => 'its storages are not listed',
    doubtNode: ({ name }, seen, { acceptRemovals }) => doubtNode(name, seen, { acceptRemovals, words }),
    doubtStatus: ({ unobservable }: NodeObservation) => unobservable,
    hasLeft,
    isCurrent: () => true,
    storageDefinitions: 'nothing: its storages are not listed',
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
}

function decideIncarnation(known: Machine, seen: Machine, { id }: PlatformWords): IncarnationDecision {
  if (known.kind === seen.kind)
    return { decision: 'same', event: null, confidence: 'exact', reason: `it has the same ${id}` };
  return { decision: 'new', event: null, confidence: 'exact', reason: `was ${known.kind}, is ${seen.kind}` };
}

function doubtListing(seen: Observation, { guests }: PlatformWords): string | null {
  const listing = findScope(seen.scopes, 'guests');
  if (listing?.coverage === 'complete') return null;
  return listing?.message ?? `the list of ${guests} could not be read`;
}

/** A node that was seen and does not tell of its guests. One that was not seen says nothing: its guests are listed without it. */
function whyNodeDoesNotCount(name: string, seen: Observation): string | null {
  return seen.nodes.find((one) => one.name === name)?.unobservable ?? null;
}

function doubtNode(
  name: string,
  seen: Observation,
  { acceptRemovals, words: { nodes } }: { acceptRemovals: boolean; words: PlatformWords },
): string | null {
  if (!hasLeft(name, seen)) return seen.membersDoubt ?? `the list of ${nodes} could not be read`;
  if (acceptRemovals) return null;
  return `missing from the list of ${nodes}: it was removed, renamed or hidden; --accept-removals records its removal`;
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
