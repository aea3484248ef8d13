import type { Evidence, OperationCall } from './evidence.ts';
import { CONTAINER_KINDS, type GuestKind, VM_KINDS } from './guest.ts';
import type { Observation } from './observation.ts';
import type { GuestElsewhere, KnownState } from './plan.ts';
import type { ResourceScope } from './presence.ts';
import type { RecordedEvidence } from './recorded-evidence.ts';

/** The stored state and the observation of a run, with the evidence prepared. The input for every part of a plan. */
export interface RunFacts {
  known: KnownState;
  seen: Observation;
  evidence: Evidence;
  /** Native ids that have a record which created, destroyed, restored or rolled back a guest. */
  rebuiltIds: ReadonlySet<string>;
  /** Native ids of guests whose hidden secrets were written, according to the log. */
  secretIds: ReadonlySet<string>;
  /** Actions that an earlier run saw finished, by their `ref`. */
  oldRefs: ReadonlySet<string>;
  /** Guests with this uuid, present or former, of this and other providers. */
  relatives: (uuid: string | undefined) => readonly Relative[];
}

export type Relative = GuestElsewhere;

/** What is needed besides to tell of steps that nobody observed. */
export interface StepOptions {
  newId: () => string;
  /** Log records of this run to which the history already refers; absent if they were not loaded. */
  recorded?: RecordedEvidence;
  /** What actions have done to the guests that changed; absent if it was not loaded. */
  calls?: readonly OperationCall[];
}

export type StepContext = RunFacts & { options: StepOptions };

/** Whether a run lists guests of every kind. */
export function requestsAllGuests(requested: readonly ResourceScope[]): boolean {
  return requested.includes('vms') && requested.includes('containers');
}

export function kindsOf(requested: readonly ResourceScope[]): ReadonlySet<GuestKind> {
  const vms = requested.includes('vms') ? VM_KINDS : [];
  return new Set([...vms, ...(requested.includes('containers') ? CONTAINER_KINDS : [])]);
}
