import type { LogEntry, Task } from '../../src/providers/proxmox/records/record.ts';
import type { AuditRecord } from '../../src/types/audit-record.ts';

type Told = Pick<AuditRecord, 'ref' | 'at'>;

/** A task of Proxmox VE; `qmstart 100` by alice@pve on pve1 that ended at once unless told otherwise. */
export function taskRecord(told: Told & Partial<Task>): Task {
  return {
    source: 'task',
    verb: 'other',
    native: 'qmstart',
    target: '100',
    targetName: null,
    place: 'pve1',
    actor: 'alice@pve',
    credential: null,
    endedAt: told.at,
    outcome: 'ok',
    text: 'OK',
    pid: null,
    ...told,
  };
}

/** A line of the cluster log of Proxmox VE. */
export function logLine(told: Told & Partial<LogEntry>): LogEntry {
  return {
    source: 'log',
    verb: 'other',
    native: 'pvedaemon',
    target: null,
    targetName: null,
    place: told.ref.split('/')[0] ?? '',
    actor: 'alice@pve',
    credential: null,
    endedAt: told.at,
    outcome: 'ok',
    text: '',
    pid: 1,
    update: null,
    ...told,
  };
}

/** An event of vSphere. */
export function eventRecord(told: Told & Partial<AuditRecord>): AuditRecord {
  return {
    source: 'event',
    verb: 'other',
    native: 'VmReconfiguredEvent',
    target: 'vm-100',
    targetName: null,
    place: null,
    actor: null,
    credential: null,
    endedAt: told.at,
    outcome: 'ok',
    text: null,
    pid: null,
    ...told,
  };
}
