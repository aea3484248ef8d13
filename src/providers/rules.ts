import type { IncarnationDecision, LifecycleTasks, Machine } from '../types/incarnation.ts';
import type { ClusterIdentity, Issue, Observation } from '../types/observation.ts';
import type { KnownState } from '../types/plan.ts';

export type IdentityMatch = 'same' | 'other' | 'unknown';

/** What only a kind of provider can decide, by what was read of it. Pure. */
export interface ProviderRules {
  /** Whether two answers are of one system. `unknown`: nothing says that they are not, or proves it. */
  compareIdentity(a: ClusterIdentity, b: ClusterIdentity): IdentityMatch;
  /**
   * Refuses a provider that answers as another system than before, or as one that another provider stands for already:
   * AppError('wrong-cluster'). Returns warnings about what is allowed.
   */
  admit(known: KnownState, seen: Observation): Issue[];
  /** The identity to store; null: the stored one stays. */
  nextIdentity(known: ClusterIdentity | null, seen: Observation): ClusterIdentity | null;
  /** Whether the guest that has an id now is the one that had it before. */
  decideIncarnation(known: Machine, seen: Machine, tasks: LifecycleTasks): IncarnationDecision;
  /** Whether a guest was destroyed and came back from a backup: the same machine, which was gone in between. */
  wasBroughtBack(tasks: LifecycleTasks): boolean;
}
