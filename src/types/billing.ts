export const PROPOSAL_KINDS = ['create', 'charge', 'credit', 'close'] as const;
export type ProposalKind = (typeof PROPOSAL_KINDS)[number];

export const PROPOSAL_STATES = ['open', 'applied', 'rejected', 'outdated'] as const;
export type ProposalState = (typeof PROPOSAL_STATES)[number];

/** `open`: a server was recorded; `close`: nothing more is charged for it. */
export const TRANSACTION_KINDS = ['open', 'charge', 'credit', 'close'] as const;
export type TransactionKind = (typeof TRANSACTION_KINDS)[number];

/** Hours since 1970: the first, and the one after the last. */
export type HourRange = readonly [from: number, to: number];

export const HOUR_MS = 3_600_000;

export function hourOf(time: Date): number {
  return Math.floor(time.getTime() / HOUR_MS);
}

/** Of what has hours; else none. */
export function rangeOf({ fromHour, toHour }: { fromHour: number | null; toHour: number | null }): HourRange[] {
  return fromHour === null || toHour === null ? [] : [[fromHour, toHour]];
}

/** Of an hour with both, the first counts. */
export const SIGHTING_STATES = ['running', 'present'] as const;
export type SightingState = (typeof SIGHTING_STATES)[number];

/** Hours in a row in which a complete run saw a guest in a state and of a size. */
export interface Sighting {
  guestId: string;
  state: SightingState;
  fromHour: number;
  toHour: number;
  cpus: number | null;
  memoryBytes: number | null;
  diskBytes: number | null;
}

/** A server of the account book. */
export interface BilledServer {
  id: string;
  /** The incarnation. */
  guestId: string;
  accountKey: string;
  name: string;
  providerId: string;
  nativeId: string;
  package: string | null;
  cpus: number | null;
  memoryBytes: number | null;
  diskBytes: number | null;
  rev: number;
  seq: number;
  at: Date;
}

export interface Transaction {
  id: string;
  serverId: string;
  guestId: string;
  kind: TransactionKind;
  fromHour: number | null;
  toHour: number | null;
  /** Decimal numbers: per hour, and in all, not rounded. Credits are negative. */
  rate: string | null;
  amount: string | null;
  currency: string | null;
  priceVersion: number | null;
  proposalId: string | null;
  by: string;
  reason: string | null;
  rev: number;
  seq: number;
  at: Date;
}

/** Hours in a row of one size and one price. */
export interface ChargedHours {
  fromHour: number;
  toHour: number;
  cpus: number | null;
  memoryBytes: number | null;
  diskBytes: number | null;
  /** A package, or `size`; null: there is no price. */
  by: string | null;
  rate: string | null;
  amount: string | null;
}

/** A server that a proposal records. */
export type ProposedServer = Omit<BilledServer, 'id' | 'guestId' | 'accountKey' | 'rev' | 'seq' | 'at'>;

export interface ProposalDetail {
  server: ProposedServer | null;
  /** In order, without overlaps. */
  hours: readonly ChargedHours[];
  /** Why it cannot be applied; empty: it can. */
  why: readonly string[];
  /** Why a person has to name it: neither a rule nor `--all` applies it. */
  doubts: readonly string[];
}

/** What a proposal says before it is stored. */
export type PlannedProposal = Omit<BillingProposal, 'id' | 'state' | 'createdAt' | 'decidedAt' | 'decidedBy' | 'rev'>;

export interface BillingProposal {
  id: string;
  kind: ProposalKind;
  key: string;
  state: ProposalState;
  accountKey: string | null;
  panelName: string;
  findingId: string | null;
  guestId: string;
  recordId: string | null;
  subject: string;
  detail: ProposalDetail;
  rate: string | null;
  amount: string | null;
  currency: string | null;
  priceVersion: number | null;
  createdAt: Date;
  decidedAt: Date | null;
  decidedBy: string | null;
  rev: number | null;
}
