import type { AuditVerb } from '../../../types/audit-record.ts';

/** What the tasks of guests do, by their type. Source: qemu-server src/PVE/API2/Qemu.pm, pve-container src/PVE/API2/LXC.pm. */
const VERBS: Readonly<Record<string, AuditVerb>> = {
  qmcreate: 'create',
  vzcreate: 'create',
  qmdestroy: 'destroy',
  vzdestroy: 'destroy',
  qmclone: 'clone',
  vzclone: 'clone',
  qmrestore: 'restore',
  vzrestore: 'restore',
  qmigrate: 'migrate',
  vzmigrate: 'migrate',
  hamigrate: 'migrate',
  qmstart: 'start',
  vzstart: 'start',
  qmresume: 'start',
  vzresume: 'start',
  hastart: 'start',
  qmstop: 'stop',
  vzstop: 'stop',
  qmshutdown: 'stop',
  vzshutdown: 'stop',
  hastop: 'stop',
  qmpause: 'suspend',
  qmsuspend: 'suspend',
  vzsuspend: 'suspend',
  qmreboot: 'reset',
  vzreboot: 'reset',
  qmreset: 'reset',
  qmsnapshot: 'snapshot',
  vzsnapshot: 'snapshot',
  qmrollback: 'rollback',
  vzrollback: 'rollback',
  qmconfig: 'configure',
  vzconfig: 'configure',
  resize: 'configure',
  qmmove: 'configure',
  move_volume: 'configure',
  qmtemplate: 'configure',
  vztemplate: 'configure',
  vzdump: 'backup',
};

export function verbOfTask(type: string): AuditVerb {
  return Object.hasOwn(VERBS, type) ? (VERBS[type] ?? 'other') : 'other';
}
