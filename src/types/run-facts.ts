import type { Evidence } from './evidence.ts';
import type { GuestKind } from './guest.ts';
import type { Observation } from './observation.ts';
import type { KnownState } from './plan.ts';
import type { ResourceScope } from './presence.ts';
import type { RecordedEvidence } from './recorded-evidence.ts';

/** What a run knows and has read, before anything is decided. */
export interface RunFacts {
  known: KnownState;
  seen: Observation;
  evidence: Evidence;
  /** Vmids of which a task says that they were created, destroyed, restored or rolled back. */
  rebuiltVmids: ReadonlySet<number>;
  /** Vmids of guests whose hidden secrets were written, as far as the log tells. */
  secretVmids: ReadonlySet<number>;
  /** UPIDs of tasks that an earlier run has seen finished. */
  oldUpids: ReadonlySet<string>;
  /** Guests with that smbios uuid that were or are elsewhere, and those of this provider. */
  relatives: (uuid: string | undefined) => readonly Relative[];
}

export type Relative = KnownState['elsewhere'][number];

/** What is needed besides to tell of steps that nobody observed. */
export interface StepOptions {
  newId: () => string;
  /** What the history tells already of the records that this run would tell of; absent: not asked for. */
  recorded?: RecordedEvidence;
}

export type StepContext = RunFacts & { options: StepOptions };

export function kindsOf(requested: readonly ResourceScope[]): ReadonlySet<GuestKind> {
  const kinds = new Set<GuestKind>();
  if (requested.includes('vms')) kinds.add('qemu');
  if (requested.includes('containers')) kinds.add('lxc');
  return kinds;
}
