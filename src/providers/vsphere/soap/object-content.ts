import { type ManagedObject, referenceOf } from './managed-object.ts';
import { childOf, childrenOf, kindOf, textOf, type XmlElement } from './xml-element.ts';

/** Properties of one object, as far as they could be read. */
export interface ObjectContent {
  object: ManagedObject;
  /** By the path that was asked for. A property without a value is not among them. */
  values: ReadonlyMap<string, XmlElement>;
  /** Those that could not be read. */
  missing: readonly MissingProperty[];
}

export interface MissingProperty {
  /** `config.annotation`, or a part of it. */
  path: string;
  /** vSphere's type of fault: `NoPermission`. */
  fault: string;
}

/** A page of a walk. */
export interface ObjectPage {
  objects: ObjectContent[];
  /** With which the next page is asked for; null after the last. */
  token: string | null;
}

/** `result` is the `returnval` of Retrieve- and ContinueRetrievePropertiesEx; without one there is nothing. */
export function readPage(result: XmlElement | null): ObjectPage {
  const objects = childrenOf(result, 'objects').flatMap((element) => readObjectContent(element) ?? []);
  return { objects, token: readToken(result) };
}

export function readToken(result: XmlElement | null): string | null {
  return textOf(childOf(result, 'token')) || null;
}

/** null for an element that names no object. */
export function readObjectContent(element: XmlElement): ObjectContent | null {
  const object = referenceOf(childOf(element, 'obj'));
  if (object === null) return null;
  const values = new Map<string, XmlElement>();
  for (const property of element.children) {
    if (property.name !== 'propSet') continue;
    const name = childOf(property, 'name');
    const value = childOf(property, 'val');
    // Not a copy: the name lives as long as the element.
    if (name !== null && value !== null) values.set(name.text, value);
  }
  return { object, values, missing: readMissing(element) };
}

/** The `missingSet` of an element. */
function readMissing(element: XmlElement): MissingProperty[] {
  return childrenOf(element, 'missingSet').map((missing) => ({
    path: textOf(childOf(missing, 'path')) ?? '',
    fault: kindOf(childOf(missing, 'fault.fault')) ?? 'unknown fault',
  }));
}
