import type { GuestKind } from './guest.ts';
import type { Confidence } from './history.ts';

/** What came of one expectation on one guest. `unknown`: what it is about could not be observed, so it neither holds nor not. */
export type CheckResult = 'passed' | 'deviates' | 'waived' | 'unknown';

/** Where something stands in a file; both count from 1. */
export interface Place {
  line: number;
  column: number;
}

/**
 * Since when a value deviates. `changed`, `created`: a recorded change made it so; `first-seen`: so it was when the guest was first
 * seen; `first-read`: so it was when the field could first be read; `age`: it grew too old; `dropped`: `prune` dropped the details.
 */
export const ORIGINS = ['changed', 'created', 'first-seen', 'first-read', 'age', 'dropped'] as const;
export type OriginKind = (typeof ORIGINS)[number];

export interface Origin {
  origin: OriginKind;
  /** null: not known. */
  since: Date | null;
  /** The change happened after this observation; null where the server tells the time, or nobody knows. */
  notBefore: Date | null;
  /** Who made the change; null: unknown. */
  actor: string | null;
  token: string | null;
  via: string | null;
  /** The platform's own record of it. */
  ref: string | null;
  confidence: Confidence;
}

/** The guest that was checked. */
export interface CheckedGuest {
  guestId: string;
  provider: string;
  kind: GuestKind;
  nativeId: string;
  vmid: number | null;
  name: string | null;
}

/** One expectation on one guest, whatever came of it. */
export interface Check extends CheckedGuest {
  rule: string;
  /** `onboot`, `config.cores`. */
  expectation: string;
  result: CheckResult;
  /** Where the expectation stands. */
  place: Place;
}

export interface WaiverInUse {
  reason: string;
  /** Its last day, as the file has it: `2026-12-31`. */
  until: string;
}

/** A check that did not pass. Keys and their order are stable. */
export interface Finding extends Check {
  /** Field of the configuration; null where it is about none. */
  path: string | null;
  /** In the words of the file; null for what is unknown. */
  expected: string | null;
  found: string | null;
  /** Why it is unknown. */
  reason: string | null;
  /** null for what is unknown. */
  origin: Origin | null;
  waiver: WaiverInUse | null;
  /** A waiver that would cover it and no longer counts. */
  expiredWaiver: WaiverInUse | null;
}

/** How far the inventory of one provider can be trusted. */
export interface InventoryAge {
  provider: string;
  /** End of the run whose data was checked; null: it was never read. */
  asOf: Date | null;
  /** Outcome of the last run; null: none. */
  outcome: string | null;
  /** Why it should not be relied on; null: nothing speaks against it. */
  problem: string | null;
}

export interface WaiverReport extends WaiverInUse {
  select: string;
  isExpired: boolean;
  /** How many deviations it covers, or would. */
  findings: number;
}

/** What `check` found. */
export interface CheckReport {
  file: string;
  /** The time whose state was checked. */
  at: Date;
  counts: { guests: number; checks: number; passed: number; deviating: number; waived: number; unknown: number };
  rules: readonly { name: string; select: string; guests: number; place: Place }[];
  findings: readonly Finding[];
  waivers: readonly WaiverReport[];
  inventory: readonly InventoryAge[];
}
