import type { Document } from './document.ts';

/** What an action did, whatever a platform calls it. */
export const AUDIT_VERBS = [
  'create',
  'destroy',
  'clone',
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
  'other',
] as const;
export type AuditVerb = (typeof AUDIT_VERBS)[number];

/** One action as the platform recorded it. Times are the server's. */
export interface AuditRecord {
  /** Unique per provider, and in the order of the actions: `event/4711`. */
  ref: string;
  verb: AuditVerb;
  /** The platform's own name for it: the type of a task or an event. */
  native: string;
  /** What it was done to, as {@link GuestIdentity.handle} has it; null for anything but a guest. */
  target: string | null;
  /** Name of the target at that time. */
  targetName: string | null;
  /** The node or host that it happened on. */
  place: string | null;
  /** Who did it, as the platform names them; null: the platform itself. */
  actor: string | null;
  /** Name of the token or key that was used; null: none, or not recorded. */
  credential: string | null;
  at: Date;
  outcome: 'ok' | 'failed';
  /** Values that it gave to fields of the guest's document, null for removed ones; absent where they are not recorded. */
  sets?: Document;
  /** Fields that it changed without the record saying to which value. */
  touches?: readonly string[];
}
