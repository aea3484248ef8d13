import type { GuestIdentity, GuestKind } from '../../types/guest.ts';
import type { PlannedChange } from '../../types/history.ts';
import type { LogEntry, Task } from '../../types/task.ts';

/** A change of which it is not yet known who made it. */
export interface UnattributedChange extends Omit<PlannedChange, 'attribution'> {
  /** The guest it is about; null for nodes and storages. */
  guest: {
    kind: GuestKind;
    vmid: number;
    node: string;
    identity: GuestIdentity;
    /** Whether HA manages it: then root@pam's own tasks are HA's. */
    isHaManaged: boolean;
  } | null;
  /** Name of the node that came to the cluster or left it. */
  node?: string;
  /** It happened after the previous observation of the fields in question, and before this one. */
  notBefore: Date | null;
  notAfter: Date;
}

/** What the server says about who did what. Times are the server's. */
export interface Evidence {
  tasks: readonly Task[];
  log: readonly LogEntry[];
  /** Server's clock minus ours; windows are shifted by it. */
  clockSkewMs: number;
  /** Guests by vmid as they were before this run, for finding the source of a clone. */
  sources: readonly { kind: GuestKind; vmid: number; identity: GuestIdentity; name: string | null }[];
}
