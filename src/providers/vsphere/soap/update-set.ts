import { type ManagedObject, referenceOf } from './managed-object.ts';
import { childOf, childrenOf, flagOf, textOf, type XmlElement } from './xml-element.ts';

/** An object that came into a filter, changed in it, or left it: was removed, or is not visible any more. */
export interface ObjectUpdate {
  kind: 'enter' | 'modify' | 'leave';
  object: ManagedObject;
  changes: readonly PropertyChange[];
}

export interface PropertyChange {
  /** The path that is watched or one below it: `config.hardware.device[4000]`. */
  path: string;
  /** null: it has no value any more. */
  value: XmlElement | null;
}

export interface UpdateSet {
  /** With which the next update is asked for. */
  version: string;
  updates: ObjectUpdate[];
  /** More of the same state follows at once. */
  isTruncated: boolean;
}

/** `returnval` of WaitForUpdatesEx; null: nothing changed while it waited. */
export function readUpdateSet(result: XmlElement | null): UpdateSet | null {
  const version = textOf(childOf(result, 'version'));
  if (result === null || version === null) return null;
  const filters = childrenOf(result, 'filterSet');
  return {
    version,
    updates: filters.flatMap((filter) => childrenOf(filter, 'objectSet').flatMap((one) => readUpdate(one) ?? [])),
    isTruncated: flagOf(childOf(result, 'truncated')) ?? false,
  };
}

function readUpdate(element: XmlElement): ObjectUpdate | null {
  const object = referenceOf(childOf(element, 'obj'));
  const kind = textOf(childOf(element, 'kind'));
  if (object === null || (kind !== 'enter' && kind !== 'modify' && kind !== 'leave')) return null;
  const changes = childrenOf(element, 'changeSet').flatMap((change) => readChange(change) ?? []);
  return { kind, object, changes };
}

function readChange(element: XmlElement): PropertyChange | null {
  const path = textOf(childOf(element, 'name'));
  return path === null ? null : { path, value: childOf(element, 'val') };
}
