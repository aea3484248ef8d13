import type { Document } from './document.ts';

/** What a UPID says: `UPID:node:pid:pstart:starttime:type:id:user:`. Source: pve-common src/PVE/UPID.pm. */
export interface Upid {
  upid: string;
  node: string;
  pid: number;
  startedAt: Date;
  /** `qmstart`, `vzdump`, `resize`, … */
  type: string;
  /** A vmid, a storage, or empty. Of a clone it is the source's vmid. */
  id: string;
  /** `root@pam`, without the token. */
  user: string;
  /** The token's name, of `root@pam!name`. */
  token: string | null;
}

/** `WARNINGS: n` is success (PVE::Tools status_is_error). */
export type TaskState = 'running' | 'ok' | 'warning' | 'failed' | 'unknown';

export interface Task extends Upid {
  endedAt: Date | null;
  state: TaskState;
  /** The exit text as the server gave it: `OK`, `WARNINGS: 1`, an error message; null while running. */
  exitStatus: string | null;
  /** The vmid of the guest that a clone made, where its log was read. Not stored. */
  target?: number;
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

/** A line of the cluster log. Needs Sys.Syslog on / to see those of others. */
export interface LogEntry {
  node: string;
  /** Counted per node from the start of its pmxcfs. */
  uid: string;
  at: Date;
  user: string;
  token: string | null;
  tag: string;
  pid: number | null;
  /** With secrets masked. */
  message: string;
  /** null for every other line. Not stored: parsed from the server's answer. */
  update: ConfigUpdate | null;
  /** Other ways to read an ambiguous `update`. Not stored. */
  alternatives?: readonly ConfigReading[];
}
