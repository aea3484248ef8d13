import type { AuditRecord } from '../types/audit-record.ts';
import type { DetailQuestions, Details } from '../types/details.ts';
import type { Document, Patch } from '../types/document.ts';
import type { Evidence, UnattributedChange } from '../types/evidence.ts';
import type { Guest, GuestIdentity, GuestKind } from '../types/guest.ts';
import type { GuestStep } from '../types/guest-step.ts';
import type { ChangeEvent, PlannedChange } from '../types/history.ts';
import type { IncarnationDecision, LifecycleTasks, Machine } from '../types/incarnation.ts';
import type {
  ClusterIdentity,
  GuestObservation,
  Issue,
  NodeObservation,
  Observation,
  Permissions,
} from '../types/observation.ts';
import type { GuestWrite, KnownGuest, KnownState } from '../types/plan.ts';
import type { RunFacts, StepContext } from '../types/run-facts.ts';
import type { Storage } from '../types/storage.ts';

export type IdentityMatch = 'same' | 'other' | 'unknown';

/** A guest as its records name it, with what tells it from others of that id. */
export interface GuestSubject {
  kind: GuestKind;
  nativeId: string;
  identity: GuestIdentity;
}

/** By our clock. `notBefore` null: since ever. */
export interface TimeWindow {
  notBefore: Date | null;
  notAfter: Date;
}

/**
 * What only a kind of provider can decide: who answers, which guest is which, why an absence proves nothing, and which record
 * explains a change. Pure: everything that was read is in the arguments.
 */
export interface ProviderRules {
  // Who answers.

  /** Whether two answers are of one system. `unknown`: nothing says that they are not, or proves it. */
  compareIdentity(a: ClusterIdentity, b: ClusterIdentity): IdentityMatch;
  /**
   * Refuses a provider that answers as another system than before, or as one that another provider stands for already:
   * AppError('wrong-cluster'). Returns warnings about what is allowed.
   */
  admit(known: KnownState, seen: Observation): Issue[];
  /** The identity to store; null: the stored one stays. */
  nextIdentity(known: ClusterIdentity | null, seen: Observation): ClusterIdentity | null;

  // Which guest is which.

  /** Whether the guest that has an id now is the one that had it before. */
  decideIncarnation(known: Machine, seen: Machine, tasks: LifecycleTasks): IncarnationDecision;
  /** What is new of a guest after it was rolled back or restored; undefined: nothing is. */
  generationOf(identity: GuestIdentity): string | undefined;
  /** Whether a guest was destroyed and came back from a backup: the same machine, which was gone in between. */
  wasBroughtBack(tasks: LifecycleTasks): boolean;
  /** Where a guest that was not known comes from. */
  findOrigin(
    seen: GuestObservation,
    notBefore: Date | null,
    facts: RunFacts,
  ): { event: ChangeEvent | null; previousId: string | null };
  /** Whether a guest that is gone went to another system that is watched too. */
  wasMovedAway(guest: KnownGuest, facts: RunFacts): boolean;

  // Why an absence proves nothing.

  /** What the platform calls the id of a guest: `vmid`. */
  idNoun: string;
  /** What a record of {@link ProviderRules.findDestruction} says was done to a guest: `destroyed`. */
  destructionWord: string;
  /** null: the absence of the guest counts. */
  doubtAbsence(guest: Pick<Guest, 'nativeId' | 'node' | 'identity' | 'document'>, seen: Observation): string | null;
  /** null: the absence of the storage counts where its definition is gone too. */
  doubtStorage(
    storage: Pick<Storage, 'name'>,
    known: KnownState,
    seen: Observation,
    options: { acceptRemovals: boolean },
  ): string | null;
  /** null: the node is not a member any more. */
  doubtNode(node: { name: string }, seen: Observation, options: { acceptRemovals: boolean }): string | null;
  /** Why the status of a node that was seen is not known; null: it is. */
  doubtStatus(found: NodeObservation, seen: Observation): string | null;
  /** Whether a node is certainly not a member any more. */
  hasLeft(node: string, seen: Observation): boolean;
  /** Whether what was answered is of now, and not of the time before the system lost its majority. */
  isCurrent(seen: Observation): boolean;
  /** Where storages are defined, for a hint. */
  storageDefinitions: string;
  /** One line for each place that left guests behind when it was removed. */
  describeLeftovers(steps: readonly GuestStep[]): Issue[];
  /** One line about all guests that the credential cannot see any more; null when there are none. */
  describeHidden(
    hidden: readonly Pick<Guest, 'nativeId'>[],
    before: Permissions | null,
    now: Permissions | null,
  ): Issue | null;

  // What the records say.

  /** Everything that a plan is decided from. */
  toFacts(known: KnownState, seen: Observation, finishedAt: Date): RunFacts;
  /** The time before which the fields of a patch cannot have changed: some of what is read lags behind. */
  changedAfter(guest: KnownGuest, seen: GuestObservation, patch: Patch, facts: Pick<RunFacts, 'known'>): Date;
  /** The time of a listing in which a guest that is new now was not; null when there was none. */
  createdAfter(kind: GuestKind, facts: Pick<RunFacts, 'known'>): Date | null;
  /** The successful tasks of a guest in a window. */
  lifecycleOf(guest: GuestSubject, window: TimeWindow, evidence: Evidence): LifecycleTasks;
  /** Who destroyed a guest in a window for good, as a record proves; null: no record does. */
  findDestruction(
    guest: GuestSubject & Pick<Guest, 'document'>,
    window: TimeWindow,
    facts: RunFacts,
  ): { actor: string | null } | null;
  /** Whether a document has a secret that is hidden without a mark, so that a new value of it does not show. */
  hasHiddenSecret(before: Document, after: Document): boolean;
  /** Whether a record is stored: not if it repeats another one. */
  isWorthStoring(record: AuditRecord): boolean;
  /** Finds for each change the record that explains it. */
  attribute(changes: readonly UnattributedChange[], evidence: Evidence): PlannedChange[];
  /** Adds what came and went between two observations, as far as the records tell it whole. */
  planSteps(
    explained: readonly PlannedChange[],
    steps: readonly GuestStep[],
    context: StepContext,
  ): { changes: readonly PlannedChange[]; guests: readonly GuestWrite[] };

  // What is asked besides.

  /** What a run left open about some guests. */
  detailQuestions(known: KnownState, seen: Observation): DetailQuestions;
  /** What was seen, with what was answered. */
  withDetails(seen: Observation, details: Details): Observation;
}
