import type { GuestKind, HostState } from '../../types/guest.ts';
import type { PowerDoubt } from '../../types/observation.ts';

export interface PowerState {
  status: Exclude<HostState, 'unknown'>;
  /** Why a virtual machine with a process does not run, in QEMU's word. */
  qmpstatus: string | null;
  doubt: PowerDoubt | null;
}

interface Told {
  status?: string | undefined;
  qmpstatus?: string | undefined;
  lock?: string | undefined;
}

/**
 * States of QEMU that an operation on the guest passes through: a backup starts a stopped machine paused, and pauses a running
 * one; a migration or a snapshot with memory stops it for a moment. Source: qemu qapi/run-state.json, qemu-server
 * src/PVE/VZDump/QemuServer.pm.
 */
const PASSING: ReadonlySet<string> = new Set([
  'finish-migrate',
  'postmigrate',
  'inmigrate',
  'save-vm',
  'restore-vm',
  'colo',
]);
const PASSING_WHILE_LOCKED: ReadonlySet<string> = new Set(['paused', 'prelaunch']);

/** What a node tells of a guest's power; null where it tells nothing. */
export function powerState(kind: GuestKind, { status, qmpstatus, lock = '' }: Told): PowerState | null {
  switch (status) {
    case 'running':
      return kind === 'qemu' ? processState(qmpstatus, lock) : certain('running');
    case 'stopped':
      // Suspended to disk: no process, and a lock that only resuming takes away.
      return certain(lock === 'suspended' ? 'suspended' : 'stopped');
    case 'paused':
    case 'suspended':
      return certain('suspended');
    default:
      return null;
  }
}

/** `running` in a list says only that there is a process. */
function processState(qmpstatus: string | undefined, lock: string): PowerState {
  if (qmpstatus === undefined) return { status: 'running', qmpstatus: null, doubt: 'pause' };
  if (qmpstatus === 'running') return certain('running');
  if (PASSING.has(qmpstatus) || (lock !== '' && PASSING_WHILE_LOCKED.has(qmpstatus))) {
    const isBackupOfStopped = lock === 'backup' && qmpstatus === 'prelaunch';
    return { status: isBackupOfStopped ? 'stopped' : 'running', qmpstatus: null, doubt: 'all' };
  }
  return { status: 'suspended', qmpstatus, doubt: null };
}

function certain(status: PowerState['status']): PowerState {
  return { status, qmpstatus: null, doubt: null };
}
