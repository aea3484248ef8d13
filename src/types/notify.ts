import type { FieldChange } from './document.ts';

/** What a notifier can tell of. `import-gone`: a guest that was imported as a connection is gone. */
export const NOTIFY_KINDS = [
  'new',
  'first-seen',
  'removed',
  'changed',
  'state',
  'import-gone',
  'guard',
  'sync-failed',
  'sync-ok',
  'sync-stale',
  'history',
  'finding',
] as const;
export type NotifyKind = (typeof NOTIFY_KINDS)[number];

export interface NotifiedGuest {
  /** Rollcall's own id of this incarnation. */
  id: string;
  /** `prod/100`: what commands take. */
  ref: string;
  /** `qemu`, `lxc`, `vm`. */
  kind: string;
  vmid: number | null;
  name: string | null;
}

/** One thing that happened. Stable: receivers read it as JSON. */
export interface NotifyEvent {
  /** 32 hex digits, the same whenever and by whoever the event is found. */
  id: string;
  kind: NotifyKind;
  /** ISO 8601: when it was observed. */
  at: string;
  provider: { id: string; name: string } | null;
  guest: NotifiedGuest | null;
  /** `admin@pve`, `admin@pve!token`; null: unknown, or nobody. */
  actor: string | null;
  /** What happened, in one line of plain text. */
  text: string;
  /** At most 20, with long values cut. */
  changes: readonly FieldChange[];
  /** Name of the connection of an imported guest. */
  connection?: string;
}

/** What is delivered: one event of a guest or a provider, or the counts and the first ten of many. */
export interface NotifyMessage {
  /** 32 hex digits; a repetition has the same. */
  id: string;
  at: string;
  title: string;
  /** The number of events of each kind, all of them. */
  counts: Readonly<Partial<Record<NotifyKind, number>>>;
  total: number;
  /** The first ten. */
  events: readonly NotifyEvent[];
  /** The run that found them; null for what no run finds. */
  run: { id: string | null; rev: number | null } | null;
}

/** What is done with the messages of a time of day. */
export interface QuietHours {
  /** Minutes since midnight; an end before the start is on the next day. */
  ranges: readonly { from: number; to: number }[];
  /** `Europe/Berlin`. */
  timeZone: string;
  /** Dropped, not delivered afterwards. */
  isDropped: boolean;
}

/** Where messages go. Secrets are references (`env:NAME`, `file:/path`, …); an address with a secret in it is one, too. */
export type NotifyChannel =
  | ({ kind: 'webhook'; secretRef?: string } & HookTarget)
  | { kind: 'command'; argv: readonly string[]; timeoutMs: number }
  | MailChannel
  | ({ kind: 'ntfy'; topic: string } & HookTarget)
  | ({ kind: 'slack' | 'discord' | 'teams' } & HookTarget)
  | ({ kind: 'matrix'; room: string; tokenRef: string } & HookTarget);

interface HookTarget {
  url: string;
  /** Sent as `Authorization: Bearer`. */
  tokenRef?: string;
  caFile?: string;
  /** Addresses that are not public may be connected to. */
  isPrivateAllowed: boolean;
}

export interface MailChannel {
  kind: 'email';
  host: string;
  port: number;
  /** `tls`: from the first byte. `starttls`: a server without it gets nothing. */
  security: 'tls' | 'starttls' | 'none';
  user?: string;
  passwordRef?: string;
  from: string;
  to: readonly string[];
  caFile?: string;
  isPrivateAllowed: boolean;
}

export type ChannelKind = NotifyChannel['kind'];

export const CHANNEL_KINDS = [
  'webhook',
  'command',
  'email',
  'ntfy',
  'slack',
  'discord',
  'teams',
  'matrix',
] as const satisfies readonly ChannelKind[];

/** Which events a notifier wants. Empty lists want everything. */
export interface NotifyFilter {
  kinds: readonly NotifyKind[];
  /** Of guests: any of them has to match. */
  selectors: readonly string[];
  /** Of fields: what `changed` and `state` tell of. */
  paths: readonly string[];
  by: readonly string[];
  providers: readonly string[];
}

export interface NotifierSettings {
  channel: NotifyChannel;
  filter: NotifyFilter;
  /** More guests than this in one run are told of in one message. */
  batchOver: number;
  /** A provider that was not read completely for this long is stale. */
  staleAfterMs: number;
  quiet: QuietHours | null;
  /** Of the text, with `{{field}}`; null: the usual one. */
  template: string | null;
}

/** A notifier as it is stored; `settings` are not trusted before the seal was checked. */
export interface StoredNotifier {
  id: string;
  name: string;
  settings: unknown;
  seal: string;
  createdAt: Date;
  pausedAt: Date | null;
  rev: number;
  runsAt: Date;
  leaseHolder: string | null;
  failures: number;
  retryAt: Date | null;
  error: string | null;
}

export const MESSAGE_STATES = ['pending', 'delivered', 'failed', 'dropped'] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

/** A line of the delivery log. */
export interface DeliveryRow {
  notifier: string;
  id: string;
  state: MessageState;
  title: string;
  createdAt: Date;
  notBefore: Date | null;
  attempts: number;
  attemptedAt: Date | null;
  deliveredAt: Date | null;
  error: string | null;
}

/** No attempt to send a message takes longer. */
export const MOST_ATTEMPT_MS = 15_000;

/** What one attempt came to. */
export type SendOutcome =
  | { isDelivered: true }
  | {
      isDelivered: false;
      error: string;
      hint?: string | undefined;
      /** The receiver will not take it later either. */
      isRefused: boolean;
      retryAfterMs?: number;
    };
