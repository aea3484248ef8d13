import { type ConfigChange, readConfigChanges } from './config-changes.ts';
import { type ManagedObject, referenceOf } from './managed-object.ts';
import { childOf, dateOf, kindOf, nameOf, numberOf, textOf, type XmlElement } from './xml-element.ts';

/** An object as an event names it: it may be gone, or have another name by now. */
export interface NamedObject {
  object: ManagedObject | null;
  name: string | null;
}

/** One event of vSphere, without its message, which repeats what users wrote. */
export interface EventRecord {
  /** Grows by one for each event of a server. */
  key: number;
  /** `VmPoweredOnEvent`; of an extended event its id, `esx.problem.…`. */
  type: string;
  at: Date;
  /** `VSPHERE.LOCAL\alice`; null: the server itself. */
  user: string | null;
  vm: NamedObject | null;
  host: NamedObject | null;
  /** The new name, of a renaming. */
  renamedTo: string | null;
  /** vSphere's type of fault, of an event that tells of a failure: `NoPermission`. */
  fault: string | null;
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
    type,
    at,
    user: nameOf(childOf(event, 'userName')),
    vm: readNamed(childOf(event, 'vm'), 'vm'),
    host: readNamed(childOf(event, 'host'), 'host'),
    renamedTo: textOf(childOf(event, 'newName')),
    fault: kindOf(childOf(childOf(event, 'reason') ?? childOf(event, 'fault'), 'fault')),
    changes: type === 'VmReconfiguredEvent' ? readConfigChanges(event) : [],
  };
}

function readNamed(element: XmlElement | null, reference: 'vm' | 'host'): NamedObject | null {
  if (element === null) return null;
  return { object: referenceOf(childOf(element, reference)), name: nameOf(childOf(element, 'name')) };
}
