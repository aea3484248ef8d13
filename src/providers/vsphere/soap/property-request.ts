import type { ManagedObject } from './managed-object.ts';
import { element, reference, type Xml } from './xml-writer.ts';

/** Property paths to read, by type of managed object: `{ VirtualMachine: ['name', 'config.uuid'] }`. */
export type PropertyPaths = Readonly<Record<string, readonly string[]>>;

function propertySet([type, paths]: [string, readonly string[]]): Xml {
  return element('propSet', [
    element('type', type),
    element('all', false),
    ...paths.map((path) => element('pathSet', path)),
  ]);
}

function filterSpec(name: 'specSet' | 'spec', properties: PropertyPaths, objects: readonly Xml[]): Xml {
  return element(name, [
    ...Object.entries(properties).map(propertySet),
    ...objects,
    element('reportMissingObjectsInResults', true),
  ]);
}

/** Everything that a view lists, without the view itself. */
function listedIn(view: ManagedObject): Xml {
  return element('objectSet', [
    reference('obj', view),
    element('skip', true),
    element(
      'selectSet',
      [element('name', 'listed'), element('type', view.type), element('path', 'view'), element('skip', false)],
      { 'xsi:type': 'TraversalSpec' },
    ),
  ]);
}

export function specOfView(name: 'specSet' | 'spec', properties: PropertyPaths, view: ManagedObject): Xml {
  return filterSpec(name, properties, [listedIn(view)]);
}

export function specOfObjects(properties: PropertyPaths, objects: readonly ManagedObject[]): Xml {
  const named = objects.map((object) => element('objectSet', [reference('obj', object), element('skip', false)]));
  return filterSpec('specSet', properties, named);
}

/** Objects of one page. */
export function retrieveOptions(maxObjects: number | null): Xml {
  return element('options', maxObjects === null ? [] : [element('maxObjects', maxObjects)]);
}

/** Everything below a container of the given types, at any depth. */
export function containerView(container: ManagedObject, types: readonly string[]): Xml[] {
  return [reference('container', container), ...types.map((type) => element('type', type)), element('recursive', true)];
}
