import type { AuditRecord } from '../../../types/audit-record.ts';
import type { Document } from '../../../types/document.ts';

/** A task: `ref` is its UPID, `native` its type (`qmstart`, `vzdump`, `resize`, …). */
export interface Task extends AuditRecord {
  source: 'task';
  /** A vmid, a storage, or empty. Of a clone it is the source's vmid. */
  target: string;
  place: string;
  /** `root@pam`, without the token. */
  actor: string;
  /** The vmid of the guest that a clone made, where its log was read. Not stored. */
  cloneVmid?: number;
}

/** Keys whose values are written by people and may contain what looks like another key. */
export const FREE_TEXT_KEYS = ['args', 'description'] as const;

/** One way to read the parameters of a log line. */
export interface ConfigReading {
  /** The values it set, as the document has them: `{"net0.bridge":"vmbr1"}`; secrets masked alike. */
  set: Document;
  /** The configuration keys it set, deleted or reverted: `net0`, `memory`. */
  setKeys: readonly string[];
  deletedKeys: readonly string[];
  revertedKeys: readonly string[];
}

/**
 * What a log line `update VM 110: -delete net1 -memory 4096` says, in the terms of the guest's document.
 * Source: qemu-server src/PVE/API2/Qemu.pm update_vm_api. Containers leave no such line.
 */
export interface ConfigUpdate extends ConfigReading {
  vmid: number;
  /** A free text among its values may contain what looks like another key. */
  isAmbiguous: boolean;
  /** The last key of a line that the server has cut: its value is not whole, and greater keys may have followed. */
  cutKey?: string;
}

/** A line of the cluster log: `ref` is `node/uid`, `native` the tag. Needs Sys.Syslog on / to see those of others. */
export interface LogEntry extends AuditRecord {
  source: 'log';
  place: string;
  actor: string;
  /** With secrets masked. */
  text: string;
  /** null for every other line. Not stored: parsed from the server's answer. */
  update: ConfigUpdate | null;
  /** Other ways to read an ambiguous `update`. Not stored. */
  alternatives?: readonly ConfigReading[];
}

export function isTask(record: AuditRecord): record is Task {
  return record.source === 'task';
}

export function isLogEntry(record: AuditRecord): record is LogEntry {
  return record.source === 'log' && 'update' in record;
}

/** Counted per node from the start of its pmxcfs. */
export function lineNumber({ ref }: Pick<LogEntry, 'ref'>): number {
  return Number(ref.slice(ref.indexOf('/') + 1));
}

export function tasksOf({ records }: { records: readonly AuditRecord[] }): Task[] {
  return records.filter(isTask);
}

export function linesOf({ records }: { records: readonly AuditRecord[] }): LogEntry[] {
  return records.filter(isLogEntry);
}
