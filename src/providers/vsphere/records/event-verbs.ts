import type { AuditVerb } from '../../../types/audit-record.ts';
import type { Value } from '../../../types/document.ts';

/** What an event type says. */
export interface EventMeaning {
  verb: AuditVerb;
  outcome?: 'failed';
  /** Values that the action gave to fields, whatever else the event says. */
  sets?: Readonly<Record<string, Value>>;
  /** Fields, or groups of fields, that it may have changed. */
  touches?: readonly string[];
  /** The event names the host on which the VM is afterwards. */
  isMove?: true;
}

const RUNNING = { status: 'running' };
const STOPPED = { status: 'stopped' };
const SUSPENDED = { status: 'suspended' };
/** A VM that moves to other storage or another cluster gets other datastores, networks and pools. */
const MOVED = ['disk', 'nic', 'pool'];

/** Events of VMs that say who did what when it is done; those that announce it, as VmBeingMigratedEvent, would say it twice. */
const MEANINGS: Readonly<Record<string, EventMeaning>> = {
  VmCreatedEvent: { verb: 'create' },
  VmClonedEvent: { verb: 'clone' },
  VmDeployedEvent: { verb: 'clone' },
  VmRegisteredEvent: { verb: 'register', isMove: true, touches: ['moref', 'folder', 'pool', 'vapp'] },
  VmDiscoveredEvent: { verb: 'register' },
  VmRemovedEvent: { verb: 'destroy' },
  VmReconfiguredEvent: { verb: 'configure' },
  VmMacAssignedEvent: { verb: 'configure', touches: ['nic'] },
  VmMacChangedEvent: { verb: 'configure', touches: ['nic'] },
  VmResourcePoolMovedEvent: { verb: 'configure', touches: ['pool'] },
  CustomFieldValueChangedEvent: { verb: 'configure', touches: ['attribute'] },
  VmRenamedEvent: { verb: 'rename' },
  VmMigratedEvent: { verb: 'migrate', isMove: true, touches: MOVED },
  DrsVmMigratedEvent: { verb: 'migrate', isMove: true },
  VmRelocatedEvent: { verb: 'migrate', isMove: true, touches: MOVED },
  VmRestartedOnAlternateHostEvent: { verb: 'migrate', isMove: true, sets: RUNNING },
  VmPoweredOnEvent: { verb: 'start', sets: RUNNING },
  DrsVmPoweredOnEvent: { verb: 'start', isMove: true, sets: RUNNING },
  VmPoweredOffEvent: { verb: 'stop', sets: STOPPED },
  VmGuestShutdownEvent: { verb: 'stop', sets: STOPPED },
  VmPowerOffOnIsolationEvent: { verb: 'stop', sets: STOPPED },
  VmShutdownOnIsolationEvent: { verb: 'stop', sets: STOPPED },
  VmSuspendedEvent: { verb: 'suspend', sets: SUSPENDED },
  VmGuestStandbyEvent: { verb: 'suspend', sets: SUSPENDED },
  VmResettingEvent: { verb: 'reset', touches: [] },
  VmGuestRebootEvent: { verb: 'reset', touches: [] },
  VmDasBeingResetEvent: { verb: 'reset', touches: [] },
  VmFailedToPowerOnEvent: { verb: 'start', outcome: 'failed' },
  VmFailedToPowerOffEvent: { verb: 'stop', outcome: 'failed' },
  VmFailedToSuspendEvent: { verb: 'suspend', outcome: 'failed' },
  VmFailedToResetEvent: { verb: 'reset', outcome: 'failed' },
  VmFailedMigrateEvent: { verb: 'migrate', outcome: 'failed' },
  VmFailedRelocateEvent: { verb: 'migrate', outcome: 'failed' },
  VmRelocateFailedEvent: { verb: 'migrate', outcome: 'failed' },
  VmCloneFailedEvent: { verb: 'clone', outcome: 'failed' },
  VmDeployFailedEvent: { verb: 'clone', outcome: 'failed' },
  VmDiskFailedEvent: { verb: 'configure', outcome: 'failed' },
};

/** Asked for by name: a vCenter has many more events than those. */
export const EVENT_TYPES: readonly string[] = Object.keys(MEANINGS);

/** null: not an action on a VM. */
export function meaningOf(type: string): EventMeaning | null {
  return Object.hasOwn(MEANINGS, type) ? (MEANINGS[type] ?? null) : null;
}
