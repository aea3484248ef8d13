import type { Document } from '../../types/document.ts';
import type { GuestKind } from '../../types/guest.ts';
import type { Section } from '../../types/section.ts';
import type { LastBackup } from './last-backup.ts';

/** What expectations are compared with: a guest as it is, or as it was. */
export interface Subject {
  kind: GuestKind;
  document: Document;
  /** Memory, where the platform tells it and the document does not. */
  memoryBytes: number | null;
  lastBackup: LastBackup;
  /** Enabled backup jobs that include it; null: not known. */
  backupJobs: readonly string[] | null;
}

export interface Deviation {
  /** The field that deviates; null: none of the configuration. */
  path: string | null;
  expected: string;
  found: string;
  /** Since when it is too old, of what deviates by its age. */
  overdueSince?: Date;
}

/** The deviations, or why there is no telling. */
export type Judgement = readonly Deviation[] | { unknown: string };

/** One expectation, ready to be compared. Ages are counted back from `at`. */
export interface Expectation {
  /** `onboot`, `config.cores`. */
  key: string;
  /** What has to be read for it; null: nothing of the configuration. */
  section: Section | null;
  /** Fields whose changes may make it deviate. */
  paths: readonly string[];
  judge(subject: Subject, at: Date): Judgement;
}

export function isUnknown(judgement: Judgement): judgement is { unknown: string } {
  return 'unknown' in judgement;
}

/** Deviations are the same while field and expected value are: what was found may differ. */
export function isSameDeviation(a: Deviation, b: Deviation): boolean {
  return a.path === b.path && a.expected === b.expected;
}
