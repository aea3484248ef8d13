import type { AuditRecord } from './audit-record.ts';
import type { GuestIdentity, GuestKind } from './guest.ts';
import type { Confidence } from './history.ts';

/** The successful actions on a guest's id in a window. */
export interface LifecycleTasks {
  created: AuditRecord | null;
  destroyed: AuditRecord | null;
  restored: AuditRecord | null;
  rolledBack: AuditRecord | null;
  /** Whether all tasks of the window could be read: what is not among them did not happen. */
  isWhole?: boolean;
}

export const NO_TASKS: LifecycleTasks = { created: null, destroyed: null, restored: null, rolledBack: null };

export interface IncarnationDecision {
  decision: 'same' | 'new';
  event: 'rolled-back' | 'restored' | null;
  confidence: Confidence;
  reason: string;
}

/** What tells one guest from another. */
export interface Machine {
  kind: GuestKind;
  identity: GuestIdentity;
}
