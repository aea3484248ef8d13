import type { FieldChange } from './document.ts';
import type { GuestKind, HostState } from './guest.ts';
import type { Issue, ScopeReport } from './observation.ts';
import type { Presence, RunOutcome } from './presence.ts';

/** A guest in the result of a sync. Stable: scripts read it as JSON. */
export interface DiscoveredHost {
  /** Rollcall's own id of this incarnation. */
  id: string;
  /** `qemu/100`, `lxc/200`, `vm/UUID`: the platform's id, which may be reused. */
  providerHostId: string;
  name: string;
  state: HostState;
  osType: string | null;
  publicIp: string | null;
  privateIp: string | null;
  tags: readonly string[];
  /** ISO 8601. */
  discoveredAt: string;
  lastSeenAt: string;
  imported: boolean;
  /** Of an imported guest the id of its connection, else of the provider. */
  connectionId: string;
  kind: GuestKind;
  /** null where the platform has no such numbers. */
  vmid: number | null;
  /** Where it runs: a node, a hypervisor. */
  node: string;
  pool: string | null;
  isTemplate: boolean;
  lock: string | null;
  cpus: number | null;
  memoryBytes: number | null;
  diskBytes: number | null;
  bootDiskBytes: number | null;
  presence: Presence;
  presenceReason: string | null;
}

/** What a run did, for one provider: the contract of `discover-* -o json`. */
export interface SyncResult {
  providerId: string;
  providerName: string;
  /** null for a run that failed. */
  runId: string | null;
  /** No scope failed. */
  success: boolean;
  outcome: RunOutcome;
  error?: { code: string; message: string; hint?: string; retryable: boolean };
  syncedAt: string;
  newHosts: DiscoveredHost[];
  removedHosts: DiscoveredHost[];
  existingHosts: DiscoveredHost[];
  changedHosts: {
    host: DiscoveredHost;
    previousState: HostState;
    currentState: HostState;
    changes: FieldChange[];
  }[];
  /** total = new + existing + changed; existing = present in both and unchanged; imported = with `imported` set. */
  summary: { total: number; new: number; removed: number; existing: number; changed: number; imported: number };
  scopes: ScopeReport[];
  /** Removals that the guard holds back. */
  held: DiscoveredHost[];
  warnings: Issue[];
}
