import type { Host } from '../../../src/protocol/resources.ts';
import type { ChangeRecord } from '../../../src/types/change-record.ts';
import type { Document, Patch } from '../../../src/types/document.ts';

type Times = 'observedAt' | 'effectiveAt' | 'notBefore' | 'explainedAt';

/** As `show-changes -o json` prints it; times in ISO 8601. */
export type ChangeRow = Omit<ChangeRecord, Times> & {
  [Name in Times]: string | (null extends ChangeRecord[Name] ? null : never);
};

/** As `show -o json` prints it. */
export interface HostDetails {
  id: string;
  providerId: string;
  providerName: string;
  kind: Host['kind'];
  vmid: number | null;
  nativeId: string;
  name: string | null;
  node: string;
  status: Host['status'];
  presence: 'present' | 'unobservable' | 'gone';
  presenceReason: string | null;
  isTemplate: boolean;
  tags: readonly string[];
  pool: string | null;
  lock: string | null;
  cpus: number | null;
  memoryBytes: number | null;
  diskBytes: number | null;
  osType: string | null;
  os: { name: string; version: string | null } | null;
  addresses: readonly { address: string; interface: string | null; source: string; mac: string | null }[];
  addressesAt: string | null;
  addressesIssue: string | null;
  lastBackup: { at: string; bytes: number | null } | null;
  backupJobs: readonly string[] | null;
  telemetry: { cpu: number | null; memoryUsedBytes: number | null; uptimeSeconds: number | null } | null;
  firstSeenAt: string;
  lastSeenAt: string;
  unobservableSince: string | null;
  goneAt: string | null;
  document: Document;
}

/** As `list-guests -o json` prints it. */
export type HostListRow = Omit<HostDetails, 'document'>;

export interface HostDiff {
  from: string;
  to: string;
  patch: Patch;
}
