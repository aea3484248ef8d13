import type { Patch } from './document.ts';

export const RESOURCE_TYPES = ['guest', 'node', 'storage'] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

export const CHANGE_KINDS = ['created', 'changed', 'removed'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/**
 * What a change amounts to, where more is known than that fields differ. `observed`: nothing happened, fields were read for
 * the first time (a node that could not be asked before); needed to replay the history, and left out where people read it.
 * `secret-set`: the log says that a secret was written which the server shows to nobody, such as cipassword.
 * `from-log`: no observation shows it, because it came and went between two of them: the server's tasks or log tell of it.
 */
export const CHANGE_EVENTS = [
  'cloned',
  'restored',
  'rolled-back',
  'migrated',
  'replaced',
  'moved-cluster',
  'observed',
  'secret-set',
  'from-log',
] as const;
export type ChangeEvent = (typeof CHANGE_EVENTS)[number];

/** `operation`: an action of this program, of which the server keeps no record. */
export const ATTRIBUTION_SOURCES = ['task', 'log', 'ha', 'job', 'event', 'operation', 'none'] as const;
export type AttributionSource = (typeof ATTRIBUTION_SOURCES)[number];

/** `exact`: the server's own record names this change. `likely`: the only explanation in the window. `none`: unknown. */
export const CONFIDENCES = ['exact', 'likely', 'none'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** Who made a change, how it is known, and how sure that is. An unknown actor is an answer, not a failure. */
export interface Attribution {
  /** `admin@pve`; null: unknown. */
  actor: string | null;
  /** The API token's name, without user. */
  token: string | null;
  source: AttributionSource;
  /** Task type, `update VM` for a log line; null when unknown. */
  via: string | null;
  /** The UPID, `node/uid` of the log line, `event/KEY`, or `OPERATION/STEP`. */
  ref: string | null;
  confidence: Confidence;
  /** When the server says that it happened; null when only the window is known. */
  effectiveAt: Date | null;
  /** The change happened after this observation; null for the first one. */
  notBefore: Date | null;
}

/** One or more fields of one resource that changed together, by one actor, in one revision. */
export interface PlannedChange {
  resourceType: ResourceType;
  resourceId: string;
  kind: ChangeKind;
  event: ChangeEvent | null;
  /** Of a creation everything from null, of a removal everything to null. */
  patch: Patch;
  attribution: Attribution;
}

/** Who made a change that is stored already, as it became known later. What else the change says stays. */
export interface Explanation extends Pick<PlannedChange, 'resourceType' | 'kind' | 'event' | 'attribution'> {
  /** The change. */
  rev: number;
  seq: number;
  /** Time of its revision. */
  observedAt: Date;
}

/** A change as it is stored, with the resource it is about. */
export interface Change extends PlannedChange {
  rev: number;
  /** Position within its revision, from 0. */
  seq: number;
  runId: string;
  observedAt: Date;
  providerId: string;
  providerName: string;
  /** `qemu`, `lxc`, `vm`, `node`, `storage`. */
  resourceKind: string;
  vmid: number | null;
  /** Name of the resource when it was last seen. */
  name: string | null;
  /** When it became known who made it, if that was after the change was stored; null: it was known then, or still is not. */
  explainedAt: Date | null;
  /** True when retention has dropped the patch and only its hash is kept. */
  isPruned: boolean;
}

/**
 * Why a revision was made. `prune`: retention dropped details; `explain`: it became known later who made changes;
 * `billing`: rows were added to the account book; `operation`: an action has ended.
 */
export const REVISION_KINDS = ['sync', 'prune', 'settings', 'explain', 'billing', 'operation'] as const;
export type RevisionKind = (typeof REVISION_KINDS)[number];

/** How the hashes of a revision are made. 1: revisions of version 0.1; see docs/adr/0015-sealed-history.md. */
export const REVISION_FORMATS = [1, 2] as const;
export type RevisionFormat = (typeof REVISION_FORMATS)[number];

export interface Revision {
  rev: number;
  format: RevisionFormat;
  providerId: string | null;
  runId: string | null;
  kind: RevisionKind;
  at: Date;
  previousHash: string;
  changesDigest: string;
  hash: string;
}
