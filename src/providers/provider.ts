import type { GuestKind } from '../types/guest.ts';
import type { AbsenceProbe, Observation } from '../types/observation.ts';
import type { ResourceScope } from '../types/presence.ts';
import type { TaskState } from '../types/task.ts';

/** What a run tells about its progress, for a spinner. */
export type Progress = (message: string, done?: number, total?: number) => void;

export interface DiscoverOptions {
  scopes: readonly ResourceScope[];
  /** Key for the masks that stand in for secrets: the same secret gives the same mask in one database only. */
  maskKey: string;
  /** Per node the newest UPIDs already stored, and those that were still running: harvesting stops there. */
  knownUpids: ReadonlyMap<string, TaskState>;
  signal?: AbortSignal;
  onProgress?: Progress;
}

/** A step of `providers test`. */
export interface ConnectionCheck {
  step: string;
  ok: boolean;
  /** What was found, or what went wrong. */
  message: string;
  hint?: string;
}

/** One watched infrastructure. It reads, and never writes to it. */
export interface Provider {
  /** Reads everything that was asked for. A scope that fails is reported in the observation; only a provider that cannot be used at all throws. */
  discover(options: DiscoverOptions): Promise<Observation>;
  /** Asks whether guests that are missing from a listing still exist. */
  probeAbsent(
    guests: readonly { kind: GuestKind; vmid: number; node: string }[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<number, AbsenceProbe>>;
  /** Checks the connection step by step, for `providers test`. */
  check(signal?: AbortSignal): AsyncIterable<ConnectionCheck>;
  close(): void;
}
