import type { Document } from './document.ts';

/** What an action did, whatever a platform calls it. */
export const AUDIT_VERBS = [
  'create',
  'destroy',
  'clone',
  'restore',
  'register',
  'unregister',
  'configure',
  'rename',
  'migrate',
  'start',
  'stop',
  'suspend',
  'reset',
  'snapshot',
  'rollback',
  'backup',
  'other',
] as const;
export type AuditVerb = (typeof AUDIT_VERBS)[number];

/** What a platform keeps it in. Stored, and part of the history: a change names the source of what explains it. */
export const RECORD_SOURCES = ['task', 'log', 'event'] as const;
export type RecordSource = (typeof RECORD_SOURCES)[number];

/** `warning` is success. `unknown`: it ended, and nobody knows how. */
export const OUTCOMES = ['running', 'ok', 'warning', 'failed', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One action as the platform recorded it. Times are the server's. */
export interface AuditRecord {
  source: RecordSource;
  /** Unique per provider and source, of a log line together with its time: a task's id, `pve1/4711`, `event/4711`. */
  ref: string;
  verb: AuditVerb;
  /** The platform's own name for it: the type of a task or an event, the tag of a log line. */
  native: string;
  /** What it was done to: of a guest its id, or what {@link GuestIdentity.handle} has; null: not recorded. */
  target: string | null;
  /** Name of the target at that time. */
  targetName: string | null;
  /** The node or host that it happened on. */
  place: string | null;
  /** Who did it, as the platform names them; null: the platform itself. */
  actor: string | null;
  /** Name of the token or key that was used; null: none, or not recorded. */
  credential: string | null;
  /** When it began. */
  at: Date;
  /** null: it has not ended, or its end is not known. */
  endedAt: Date | null;
  outcome: Outcome;
  /** What the platform says of it, with secrets masked: `WARNINGS: 1`, an error message, a log line; null: nothing. */
  text: string | null;
  /** Of the process that did or wrote it, where it is told. */
  pid: number | null;
  /** Values that it gave to fields of the guest's document, null for removed ones; absent where they are not recorded. */
  sets?: Document;
  /** Fields that it changed without the record saying to which value. */
  touches?: readonly string[];
}
