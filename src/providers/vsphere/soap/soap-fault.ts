import type { CallLabel } from '../../../net/call-label.ts';
import { AppError, type ErrorCode } from '../../../types/errors.ts';
import { type ManagedObject, referenceOf } from './managed-object.ts';
import { childOf, textOf, type XmlElement } from './xml-element.ts';

/** The server refused a call. Stays inside this folder: what leaves it is an AppError. */
export class SoapFault extends Error {
  override readonly name = 'SoapFault';
  /** vSphere's type of fault: `NoPermission`. */
  readonly fault: string;
  /** What it is about. */
  readonly object: ManagedObject | null;
  readonly privilege: string | null;
  readonly label: CallLabel;

  constructor(fault: string, message: string, about: Pick<SoapFault, 'object' | 'privilege' | 'label'>) {
    super(message);
    this.fault = fault;
    this.object = about.object;
    this.privilege = about.privilege;
    this.label = about.label;
  }
}

/** What is read of a message. */
const MAX_MESSAGE = 500;

/** `element` is `soapenv:Fault`. vCenter calls its detail `NoPermissionFault`, and vcsim `Fault`; either has an `xsi:type`. */
export function readFault(element: XmlElement, label: CallLabel): SoapFault {
  const detail = childOf(element, 'detail')?.children[0] ?? null;
  const fault = detail?.kind ?? detail?.name.replace(/Fault$/, '') ?? '';
  const message = inOneLine(textOf(childOf(element, 'faultstring')) ?? '');
  return new SoapFault(fault || 'unknown fault', message, {
    object: referenceOf(childOf(detail, 'obj')) ?? referenceOf(childOf(detail, 'object')),
    privilege: textOf(childOf(detail, 'privilegeId')),
    label,
  });
}

function inOneLine(text: string): string {
  return text.slice(0, MAX_MESSAGE).replace(/\s+/g, ' ').trim();
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  InvalidLogin: 'unauthenticated',
  PasswordExpired: 'unauthenticated',
  InvalidLocale: 'unauthenticated',
  NotAuthenticated: 'unauthenticated',
  NoPermission: 'forbidden',
  RestrictedVersion: 'forbidden',
  MethodNotFound: 'no-endpoint',
  NotImplemented: 'no-endpoint',
  NotSupported: 'no-endpoint',
  InvalidRequest: 'no-endpoint',
  InvalidArgument: 'parameter',
  InvalidProperty: 'parameter',
  InvalidType: 'parameter',
  HostCommunication: 'node-unreachable',
  HostNotConnected: 'node-unreachable',
  HostNotReachable: 'node-unreachable',
  Timedout: 'timeout',
};

const RETRYABLE = new Set(['HostCommunication', 'HostNotReachable', 'Timedout', 'TaskInProgress', 'ResourceInUse']);

/** The AppError for a fault. */
export function faultError({ fault, message, object, privilege, label }: SoapFault, user: string): AppError {
  const code = codeOf(fault, object);
  const hint = hintOf(fault, { object, privilege, user });
  const about = message === '' ? fault : `${message} (${fault})`;
  return new AppError(code, `${label.path} on ${label.endpoint}: ${about}`, {
    retryable: RETRYABLE.has(fault),
    ...(hint !== undefined && { hint }),
  });
}

function codeOf(fault: string, object: ManagedObject | null): ErrorCode {
  if (fault !== 'ManagedObjectNotFound') return CODES[fault] ?? 'server';
  return object?.type === 'VirtualMachine' ? 'no-such-guest' : 'server';
}

function hintOf(
  fault: string,
  { object, privilege, user }: Pick<SoapFault, 'object' | 'privilege'> & { user: string },
): string | undefined {
  switch (fault) {
    case 'InvalidLogin':
      return `Check the user name and the password of ${user}; vCenter wants the domain too, as in reader@vsphere.local`;
    case 'PasswordExpired':
      return `The password of ${user} has expired: set a new one in vSphere, then give it to Rollcall`;
    case 'NotAuthenticated':
      return 'The server ended the session again right after the login: check its limit of sessions';
    case 'NoPermission': {
      const right = privilege === null ? 'the role Read-only' : `the privilege ${privilege}`;
      const where = object === null ? '' : ` on ${object.type} ${object.value}`;
      return `Give ${user} ${right}${where}; on the root folder, with propagation, it covers the whole inventory`;
    }
    case 'ManagedObjectNotFound':
      return 'It was removed or registered anew in the meantime: synchronise again';
    case 'RestrictedVersion':
      return 'The licence of this ESXi host does not allow the call; the free edition can only be read';
    case 'MethodNotFound':
    case 'NotImplemented':
    case 'NotSupported':
    case 'InvalidRequest':
      return 'Rollcall needs vSphere 6.5 or newer: check the version of the server';
    case 'HostCommunication':
    case 'HostNotConnected':
    case 'HostNotReachable':
      return 'vCenter cannot reach the host: check it in the vSphere Client';
    default:
      return undefined;
  }
}
