import { ownText, type XmlElement } from './xml-element.ts';

/** A reference to an object of the server: `VirtualMachine:vm-42`. It is valid for this server only, and as long as the object is registered. */
export interface ManagedObject {
  readonly type: string;
  readonly value: string;
}

/** `VirtualMachine:vm-42`. */
export function keyOf({ type, value }: ManagedObject): string {
  return `${type}:${value}`;
}

/** null for an element that refers to nothing. */
export function referenceOf(element: XmlElement | null | undefined): ManagedObject | null {
  return element?.type && element.text ? { type: ownText(element.type), value: ownText(element.text) } : null;
}
