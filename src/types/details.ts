import type { AuditRecord } from './audit-record.ts';
import type { Document } from './document.ts';
import type { GuestKind } from './guest.ts';

/** A guest whose snapshots are to be read. */
export interface SnapshotQuestion {
  kind: GuestKind;
  vmid: number;
  node: string;
  /** The snapshot that it was rolled back to, whose configuration is to be read as well; null: to none. */
  rolledBackTo: string | null;
}

/** What a run asks only where what it has seen calls for it. */
export interface DetailQuestions {
  snapshots: readonly SnapshotQuestion[];
  /** Clones whose log has to tell which guest each of them made. */
  clones: readonly AuditRecord[];
}

/** The configuration that a rollback brought back, as the guest's document has it. */
export interface RolledBack {
  snapshot: string;
  fields: Document;
}

/** What was answered; what could not be read is left out. Guests by `qemu/100`. */
export interface Details {
  /** `snapshot.before-upgrade.time` and so on. */
  snapshots: ReadonlyMap<string, Document>;
  rollbacks: ReadonlyMap<string, RolledBack>;
  /** The vmid of the new guest, by the `ref` of its clone. */
  cloneTargets: ReadonlyMap<string, number>;
}
