import { type ConfigChange, readConfigChanges } from './config-changes.ts';
import { type ManagedObject, referenceOf } from './managed-object.ts';
import { childOf, dateOf, kindOf, nameOf, numberOf, textOf, type XmlElement } from './xml-element.ts';

/** An object as an event names it: it may be gone, or have another name by now. */
export interface NamedObject {
  object: ManagedObject | null;
  name: string | null;
}

/** One event of vSphere. */
export interface EventRecord {
  /** Grows by one for each event of a server. */
  key: number;
  /** The same for all events of one request. */
  chainId: number;
  /** `VmPoweredOnEvent`; of an extended event its id, `esx.problem.…`. */
  type: string;
  at: Date;
  /** `VSPHERE.LOCAL\alice`; null: the server itself. */
  user: string | null;
  vm: NamedObject | null;
  host: NamedObject | null;
  /** Where a clone or a moved VM comes from. */
  source: NamedObject | null;
  /** Of a renaming. */
  renamed: { from: string | null; to: string | null } | null;
  message: string | null;
  /** Why it failed, for events that tell of a failure. */
  fault: { type: string; message: string | null } | null;
  /** Of a VmReconfiguredEvent. */
  changes: readonly ConfigChange[];
}

/** null for an element without key, date or type. */
export function readEvent(event: XmlElement): EventRecord | null {
  const key = numberOf(childOf(event, 'key'));
  const at = dateOf(childOf(event, 'createdTime'));
  const type = nameOf(childOf(event, 'eventTypeId')) ?? kindOf(event);
  if (key === null || at === null || type === null) return null;
  return {
    key,
    chainId: numberOf(childOf(event, 'chainId')) ?? key,
    type,
    at,
    user: nameOf(childOf(event, 'userName')),
    vm: readNamed(childOf(event, 'vm'), 'vm'),
    host: readNamed(childOf(event, 'host'), 'host'),
    source: readNamed(childOf(event, 'sourceVm'), 'vm') ?? readNamed(childOf(event, 'sourceHost'), 'host'),
    renamed: readRenaming(event),
    message: nameOf(childOf(event, 'fullFormattedMessage')),
    fault: readReason(childOf(event, 'reason') ?? childOf(event, 'fault')),
    changes: type === 'VmReconfiguredEvent' ? readConfigChanges(event) : [],
  };
}

function readNamed(element: XmlElement | null, reference: 'vm' | 'host'): NamedObject | null {
  if (element === null) return null;
  return { object: referenceOf(childOf(element, reference)), name: nameOf(childOf(element, 'name')) };
}

function readRenaming(event: XmlElement): EventRecord['renamed'] {
  const [from, to] = [textOf(childOf(event, 'oldName')), textOf(childOf(event, 'newName'))];
  return from === null && to === null ? null : { from, to };
}

function readReason(reason: XmlElement | null): EventRecord['fault'] {
  const type = kindOf(childOf(reason, 'fault'));
  return type !== null ? { type, message: nameOf(childOf(reason, 'localizedMessage')) } : null;
}
