import type { DetailQuestions, Details } from '../types/details.ts';
import type { Document } from '../types/document.ts';
import type { EndpointReport } from '../types/endpoint.ts';
import type { GuestIdentity, GuestKind } from '../types/guest.ts';
import type { MaskKey } from '../types/inventory-key.ts';
import type { AbsenceProbe, ClusterIdentity, GuestObservation, Observation } from '../types/observation.ts';
import type { ResourceScope } from '../types/presence.ts';
import type { LogEntry, TaskState } from '../types/task.ts';

/** What a run tells about its progress, for a spinner. */
export type Progress = (message: string, done?: number, total?: number) => void;

/** Gives the guest to keep of one that was read: with what is known already in place of what is equal to it. */
export type KeepGuest = (seen: GuestObservation) => GuestObservation;

/** What is stored of a guest's configuration, by its kind and vmid; null: nothing. */
export interface KnownConfiguration {
  document: Document;
  identity: GuestIdentity;
  lock: string | null;
}
export type FindConfiguration = (guest: { kind: GuestKind; vmid: number }) => KnownConfiguration | null;

export interface DiscoverOptions {
  scopes: readonly ResourceScope[];
  /** Key for the masks that stand in for secrets: the same secret gives the same mask in one database only. */
  maskKey: MaskKey | null;
  /** Per node the newest UPIDs already stored, and those that were still running: harvesting stops there. */
  knownUpids: ReadonlyMap<string, TaskState>;
  /** Who it was at the last run: a server that proves to be the same is not asked for its CA. */
  knownIdentity?: ClusterIdentity | null;
  /** Asked for once, while the cluster makes its lists: what is known takes a while to load, too. */
  keeper?: () => Promise<KeepGuest>;
  /** Asked for as `keeper` is. */
  knownConfigurations?: () => Promise<FindConfiguration>;
  signal?: AbortSignal;
  onProgress?: Progress;
}

/** A step of `providers test`. */
export interface ConnectionCheck {
  step: string;
  ok: boolean;
  /** It works, and somebody should look at it all the same. */
  isWarning?: true;
  /** The address that it is about; absent: the provider as a whole. */
  endpoint?: string;
  /** What was found, or what went wrong. */
  message: string;
  hint?: string;
}

/**
 * Where the last look at the cheap feeds ended. Only the provider that made it understands it; it lives in memory, and one
 * cursor may be used again when what followed from it could not be stored.
 */
export interface FeedCursor {
  /** When the feeds were asked. */
  readonly takenAt: Date;
}

/** A guest that the feeds mention, and why: `update VM`, `status`, `qmstart`, `appeared`. */
export interface GuestMention {
  kind: GuestKind;
  vmid: number;
  reason: string;
}

/** What the cheap feeds tell of the time since a cursor. */
export interface FeedNews {
  cursor: FeedCursor;
  /** Guests to look at; empty when nothing happened, and while only a whole run can tell what did. */
  mentioned: readonly GuestMention[];
  /** Why a whole run is needed: the first look, a node's state, lines that were missed. Told once. */
  sweep: string | null;
}

/** What the servers of a cluster show who connects to them. */
export interface ClusterCertificates {
  /** The cluster's own authority, in PEM; null when it was not told. */
  rootCaPem: string | null;
  /** SHA-256, `AA:BB:…`. */
  nodes: readonly { name: string; fingerprint: string }[];
  /** Nodes that could not be asked, and why. */
  unread: readonly { name: string; message: string }[];
}

/** One watched infrastructure. It reads, and never writes to it. */
export interface Provider {
  /** Reads everything that was asked for. A scope that fails is reported in the observation; only a provider that cannot be used at all throws. */
  discover(options: DiscoverOptions): Promise<Observation>;
  /**
   * Looks at the cheap feeds, in two calls. Without a cursor there is no news yet: a whole run has to follow, and later looks
   * continue from before it.
   */
  poll(options: { cursor: FeedCursor | null; signal?: AbortSignal }): Promise<FeedNews>;
  /**
   * Reads the guests that a look mentioned, and nothing else. What could not be read is mentioned again by the next look
   * from the returned cursor.
   */
  discoverNews(
    news: FeedNews,
    options: Pick<DiscoverOptions, 'maskKey' | 'knownUpids' | 'knownIdentity' | 'knownConfigurations' | 'signal'>,
  ): Promise<{ seen: Observation; cursor: FeedCursor }>;
  /** The cluster log of this moment, oldest line first; null when it cannot be read. */
  readLog(options: Pick<DiscoverOptions, 'maskKey' | 'signal'>): Promise<readonly LogEntry[] | null>;
  /** Reads only who answers: four calls. Throws AppError when the provider cannot be used at all. */
  identify(signal?: AbortSignal): Promise<ClusterIdentity>;
  /** Reads the certificates of all nodes. Throws AppError. */
  certificates(signal?: AbortSignal): Promise<ClusterCertificates>;
  /** Reads what the rest of a run left open about some guests and clones. */
  readDetails(questions: DetailQuestions, options: Pick<DiscoverOptions, 'maskKey' | 'signal'>): Promise<Details>;
  /** Asks whether guests that are missing from a listing still exist. */
  probeAbsent(
    guests: readonly { kind: GuestKind; vmid: number; node: string }[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<number, AbsenceProbe>>;
  /** Asks whether storages that are missing from a listing are still defined. */
  probeStorages(names: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, AbsenceProbe>>;
  /**
   * Checks step by step what a connection gives, for `providers test`. `account`: who logs in, `user@realm` or
   * `user@realm!token`, for the lines that give it a right.
   */
  check(options: { account: string; signal?: AbortSignal | undefined }): AsyncIterable<ConnectionCheck>;
  /** Its addresses, configured and learnt, and how they do. */
  endpoints(): readonly EndpointReport[];
  close(): void;
}
