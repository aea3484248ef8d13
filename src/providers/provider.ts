import type { AuditRecord, Outcome } from '../types/audit-record.ts';
import type { BackupJob } from '../types/backup-job.ts';
import type { DetailQuestions, Details } from '../types/details.ts';
import type { Document } from '../types/document.ts';
import type { EndpointReport } from '../types/endpoint.ts';
import type { Guest, GuestIdentity, GuestKind } from '../types/guest.ts';
import type { BackupTask, CredentialEnd, GuestBackup, InnerAnswer, InnerQuestion } from '../types/inner-facts.ts';
import type { MaskKey } from '../types/inventory-key.ts';
import type { AbsenceProbe, ClusterIdentity, GuestObservation, Observation } from '../types/observation.ts';
import type { ResourceScope } from '../types/presence.ts';

/** What a run tells about its progress, for a spinner. */
export type Progress = (message: string, done?: number, total?: number) => void;

/** Gives the guest to keep of one that was read: with what is known already in place of what is equal to it. */
export type KeepGuest = (seen: GuestObservation) => GuestObservation;

/** What is stored of a guest's configuration; null: nothing. */
export interface KnownConfiguration {
  document: Document;
  identity: GuestIdentity;
  lock: string | null;
}
export type FindConfiguration = (guest: { kind: GuestKind; nativeId: string }) => KnownConfiguration | null;

/** The records of the last day before the last run, and where reading goes on. */
export interface KnownRecords {
  refs: ReadonlySet<string>;
  /** By the server's clock, which may have been ahead; null: none is known. */
  newestAt: Date | null;
  /** By our clock; null: no run has read everything yet. */
  lastCompleteAt: Date | null;
  /** By our clock: since then records could not be read, or not all of them; absent or null: they could. */
  unreadSince?: Date | null;
}

export interface DiscoverOptions {
  scopes: readonly ResourceScope[];
  /** Key for the masks that stand in for secrets: the same secret gives the same mask in one database only. */
  maskKey: MaskKey | null;
  /** Per node the newest tasks already stored, by `ref`, and those that were still running: reading stops there. */
  knownTasks: ReadonlyMap<string, Outcome>;
  /** Asked for once. */
  knownRecords?: () => Promise<KnownRecords>;
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
 * The state of the feeds at the last poll, against which the next poll compares. It lives in memory, and only the provider that
 * made it understands it. If the changes since a cursor could not be stored, the same cursor can be used again.
 */
export interface FeedCursor {
  /** When the feeds were requested. */
  readonly takenAt: Date;
}

/** A guest that changed according to the feeds, and the reason: `update VM`, `status`, `qmstart`, `appeared`. */
export interface ChangedGuest {
  kind: GuestKind;
  nativeId: string;
  reason: string;
}

/** A guest to read now, whatever the feeds tell of it. */
export interface WantedGuest {
  kind: GuestKind;
  nativeId: string;
  /** Nodes whose tasks may explain what changed of it, besides the one that it is on. */
  nodes: readonly string[];
}

/** The result of one poll of the feeds. */
export interface FeedPoll {
  cursor: FeedCursor;
  /** Guests to read. Empty if nothing changed, and while only a full run can tell what changed. */
  changed: readonly ChangedGuest[];
  /** Why a full run is needed: the first poll, a node's state, missed lines. Reported by one poll only; null if none is needed. */
  fullRun: string | null;
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

/** Whom and what to ask once a run has read everything else; in the order that is fair. */
export interface InnerQuestions {
  guests: readonly InnerQuestion[];
  backups: readonly BackupTask[];
  /** Whether the jobs that make backups are asked for. */
  wantsBackupJobs: boolean;
  /** Whether the end of the credential is asked for. */
  wantsCredential: boolean;
}

/** Takes each answer as soon as it is there. */
export interface InnerTelling {
  signal: AbortSignal;
  onAnswer: (answer: InnerAnswer) => void;
  /** All guests of a task at once; none where nothing tells of any. */
  onBackups: (task: BackupTask, backups: readonly GuestBackup[]) => void;
  /** All jobs that make backups. */
  onBackupJobs: (jobs: readonly BackupJob[]) => void;
  onCredential: (credential: CredentialEnd) => void;
}

/** One watched infrastructure. It reads, and never writes to it. Optional members are what not every platform offers. */
export interface Provider {
  /** Reads everything that was asked for. A scope that fails is reported in the observation; only a provider that cannot be used at all throws. */
  discover(options: DiscoverOptions): Promise<Observation>;
  /**
   * Polls the feeds, in two calls. A poll without a cursor reports no changed guests: a full run has to follow it, and later
   * polls continue from its cursor.
   */
  poll?(options: { cursor: FeedCursor | null; signal?: AbortSignal }): Promise<FeedPoll>;
  /**
   * A poll that reports exactly these guests, in two calls. `known`: guests of the inventory, as `qemu/100`. One that is not listed
   * is reported as vanished.
   */
  pollGuests?(
    guests: readonly WantedGuest[],
    options: { known: ReadonlySet<string>; signal?: AbortSignal },
  ): Promise<FeedPoll>;
  /**
   * Reads the changed guests of a poll, and nothing else. A guest that could not be read is reported again by the next poll
   * from the returned cursor.
   */
  discoverChanged?(
    polled: FeedPoll,
    options: Pick<
      DiscoverOptions,
      'maskKey' | 'knownTasks' | 'knownRecords' | 'knownIdentity' | 'knownConfigurations' | 'signal'
    >,
  ): Promise<{ seen: Observation; cursor: FeedCursor }>;
  /** The cluster log of this moment, oldest line first; null when it cannot be read. */
  readLog?(options: Pick<DiscoverOptions, 'maskKey' | 'signal'>): Promise<readonly AuditRecord[] | null>;
  /** Reads only who answers: four calls. Throws AppError when the provider cannot be used at all. */
  identify(signal?: AbortSignal): Promise<ClusterIdentity>;
  /** Reads the certificates of all nodes. Throws AppError. */
  certificates?(signal?: AbortSignal): Promise<ClusterCertificates>;
  /** Reads what the rest of a run left open about some guests and clones. */
  readDetails?(questions: DetailQuestions, options: Pick<DiscoverOptions, 'maskKey' | 'signal'>): Promise<Details>;
  /**
   * Asks the systems inside guests, where they can be asked by what a run has seen, and reads what became of backups. Ends without an
   * error when the signal says so; what fails is an answer with an issue, or none.
   */
  readInner?(questions: InnerQuestions, seen: Observation, telling: InnerTelling): Promise<void>;
  /** Asks whether guests that are missing from a listing still exist. `seen`: the run that missed them. By native id. */
  probeAbsent?(
    guests: readonly Pick<Guest, 'kind' | 'nativeId' | 'node' | 'identity'>[],
    signal?: AbortSignal,
    seen?: Pick<Observation, 'scopes'>,
  ): Promise<ReadonlyMap<string, AbsenceProbe>>;
  /** Asks whether storages that are missing from a listing are still defined. */
  probeStorages?(names: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, AbsenceProbe>>;
  /**
   * Checks step by step what a connection gives, for `providers test`. `account`: who logs in, `user@realm` or
   * `user@realm!token`, for the lines that give it a right.
   */
  check(options: { account: string; signal?: AbortSignal | undefined }): AsyncIterable<ConnectionCheck>;
  /** Its addresses, configured and learnt, and how they do. */
  endpoints(): readonly EndpointReport[];
  close(): void;
}
