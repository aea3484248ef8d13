import type { BackupJob } from './backup-job.ts';
import type { BackupTask, CredentialEnd, GuestBackup, InnerAddress, InnerQuestion } from './inner-facts.ts';

/** An address that a guest had from a time on; `until` null: it had it when it was last read. */
export interface AddressSpan extends InnerAddress {
  guestId: string;
  since: Date;
  until: Date | null;
}

/** What is stored before systems are asked. */
export interface KnownInner {
  /** Running guests that were not asked for a while, longest first. */
  guests: readonly (Omit<InnerQuestion, 'wantsOs'> & { osAt: Date | null })[];
  /** Ended backup tasks whose results are not stored, newest first. */
  backups: readonly BackupTask[];
  /** When the backup jobs were read last; null: never. */
  backupJobsAt: Date | null;
  /** When the end of the credential was read last; null: never. */
  credentialReadAt: Date | null;
}

/** What asking changes. */
export interface InnerPlan {
  providerId: string;
  asked: readonly { guestId: string; askedAt: Date; issue: string | null }[];
  /** Of those that told their addresses. */
  read: readonly { guestId: string; addressesAt: Date }[];
  systems: readonly ({ guestId: string; osAt: Date } & { osName: string; osVersion: string | null })[];
  /** New ones, and those whose end has changed. */
  addresses: readonly AddressSpan[];
  backups: readonly GuestBackup[];
  /** All of them; null: they were not read. */
  backupJobs: { jobs: readonly BackupJob[]; readAt: Date } | null;
  /** null: it was not read. */
  credential: (CredentialEnd & { readAt: Date }) | null;
}
