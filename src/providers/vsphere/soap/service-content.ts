import type { CallLabel } from '../../../net/call-label.ts';
import { AppError } from '../../../types/errors.ts';
import { type ManagedObject, referenceOf } from './managed-object.ts';
import { childOf, nameOf, type XmlElement } from './xml-element.ts';

/** The one object whose name is known beforehand, on vCenter and ESXi alike. */
export const SERVICE_INSTANCE: ManagedObject = { type: 'ServiceInstance', value: 'ServiceInstance' };

/** What a server tells of itself before a login. */
export interface About {
  product: 'vcenter' | 'esxi';
  /** `VMware vCenter Server 8.0.2 build-22385739`. */
  fullName: string | null;
  /** `8.0.2`. */
  version: string | null;
  /** Identity of a vCenter; null on ESXi, which is known by its host's hardware uuid. */
  instanceUuid: string | null;
}

/** The objects that calls begin with. */
export interface ServiceContent {
  about: About;
  rootFolder: ManagedObject;
  sessionManager: ManagedObject;
  propertyCollector: ManagedObject;
  viewManager: ManagedObject;
  eventManager: ManagedObject;
  /** null on ESXi. */
  customFieldsManager: ManagedObject | null;
}

/** `content` is `returnval` of RetrieveServiceContent. Throws AppError('malformed'). */
export function readServiceContent(content: XmlElement | null, { endpoint }: CallLabel): ServiceContent {
  const required = (name: string): ManagedObject => {
    const found = referenceOf(childOf(content, name));
    if (found !== null) return found;
    throw new AppError('malformed', `RetrieveServiceContent on ${endpoint}: the answer names no ${name}`, {
      hint: 'Check that this is the address of a vCenter or ESXi: https://HOST',
    });
  };
  return {
    about: readAbout(childOf(content, 'about'), endpoint),
    rootFolder: required('rootFolder'),
    sessionManager: required('sessionManager'),
    propertyCollector: required('propertyCollector'),
    viewManager: required('viewManager'),
    eventManager: required('eventManager'),
    customFieldsManager: referenceOf(childOf(content, 'customFieldsManager')),
  };
}

const PRODUCTS: Readonly<Record<string, About['product']>> = { VirtualCenter: 'vcenter', HostAgent: 'esxi' };

function readAbout(about: XmlElement | null, endpoint: string): About {
  const apiType = nameOf(childOf(about, 'apiType')) ?? 'nothing';
  const product = PRODUCTS[apiType];
  if (product === undefined) {
    throw new AppError('malformed', `RetrieveServiceContent on ${endpoint}: the server is ${apiType.slice(0, 100)}`, {
      hint: 'Rollcall reads vCenter (VirtualCenter) and ESXi (HostAgent)',
    });
  }
  return {
    product,
    fullName: nameOf(childOf(about, 'fullName')),
    version: nameOf(childOf(about, 'version')),
    instanceUuid: product === 'vcenter' ? nameOf(childOf(about, 'instanceUuid')) : null,
  };
}
