export const FINDING_KINDS = [
  'external-server',
  'orphaned-record',
  'uuid-mismatch',
  'owner-mismatch',
  'size-mismatch',
  'state-mismatch',
  'duplicate',
  'billed-twice',
  'ambiguous-match',
  'unowned',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export const SEVERITIES = ['high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** `field`: what was compared; `panel` and `inventory`: what each says, as text. */
export interface Comparison {
  field: string;
  panel: string | null;
  inventory: string | null;
}

/** Why a finding is one. Stored and shown as it is. */
export interface FindingEvidence {
  /** One sentence. */
  text: string;
  comparisons: readonly Comparison[];
  /** References of guests (`prod/100`) and ids of records that are concerned, besides those of the finding. */
  guests: readonly string[];
  records: readonly string[];
}

/** A difference that a comparison found; not stored yet. */
export interface FoundDifference {
  kind: FindingKind;
  /** The same for the same difference: of kind, panel, guest and record. */
  key: string;
  severity: Severity;
  /** Empty: it is about no panel. */
  panelName: string;
  guestId: string | null;
  recordId: string | null;
  /** Id of an account, or `SYSTEM:VALUE`; null: unowned. */
  accountKey: string | null;
  subject: string;
  evidence: FindingEvidence;
}

export interface Finding extends FoundDifference {
  id: string;
  firstSeenAt: Date;
  lastSeenAt: Date;
  closedAt: Date | null;
  /** `solved`, `the guest is gone`, …: why it is not open any more. */
  closedWhy: string | null;
  acceptedBy: string | null;
  acceptedReason: string | null;
  /** Until when it is accepted; null with a name: for good. */
  acceptedUntil: Date | null;
  assignedTo: string | null;
  toldAt: Date | null;
}

/** Whether it waits for somebody: neither closed nor accepted. */
export function isOpen({ closedAt, acceptedBy, acceptedUntil }: Finding, now: Date): boolean {
  return closedAt === null && (acceptedBy === null || (acceptedUntil !== null && acceptedUntil <= now));
}

export const RECONCILE_OUTCOMES = ['complete', 'partial', 'failed'] as const;
export type ReconcileOutcome = (typeof RECONCILE_OUTCOMES)[number];

export interface ReconcileCounts {
  /** Servers of the panels that were compared, and guests. */
  records: number;
  guests: number;
  matched: number;
  /** Guests of these that were matched for the first time, and whose match changed. */
  new: number;
  updated: number;
  opened: number;
  closed: number;
  open: number;
  /** Panels or accounts that could not be read. */
  errors: number;
}

/** What could not be read or decided. */
export interface ReconcileIssue {
  /** A panel, a provider, an account. */
  what: string;
  message: string;
  hint: string | null;
}

export interface ReconcileReport {
  id: string;
  startedAt: Date;
  finishedAt: Date;
  requestedBy: string;
  /** null: all accounts. */
  accountKey: string | null;
  panels: readonly string[];
  outcome: ReconcileOutcome;
  counts: ReconcileCounts;
  issues: readonly ReconcileIssue[];
}
