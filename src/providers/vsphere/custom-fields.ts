import type { ManagedObject } from './soap/managed-object.ts';
import { readPage } from './soap/object-content.ts';
import { retrieveOptions, specOfObjects } from './soap/property-request.ts';
import type { VsphereClient } from './soap/vsphere-client.ts';
import { childOf, childrenOf, nameOf, numberOf, textOf, type XmlElement } from './soap/xml-element.ts';

/** Names of the custom attributes of a vCenter, by the number that objects refer to. */
export class CustomFields {
  readonly #names: ReadonlyMap<number, string>;

  constructor(names: ReadonlyMap<number, string>) {
    this.#names = names;
  }

  /** `values` is the property `customValue`; without one there are no attributes. */
  readValues(values: XmlElement | null): Record<string, string> {
    const entries = childrenOf(values, 'CustomFieldValue').flatMap((one) => {
      const name = this.#names.get(numberOf(childOf(one, 'key')) ?? Number.NaN);
      const value = textOf(childOf(one, 'value'));
      return name === undefined || value === null || value === '' ? [] : [[name, value] as const];
    });
    return Object.fromEntries(entries);
  }
}

/** Reads the names of custom attributes; ESXi has none. One that cannot be read has no name. Throws AppError. */
export async function readCustomFields(client: VsphereClient, signal?: AbortSignal): Promise<CustomFields> {
  const what = `Reading custom attributes on ${client.endpoint}`;
  const { customFieldsManager } = await client.content(signal);
  if (customFieldsManager === null) return new CustomFields(new Map());
  const fields = await client.inSession(
    what,
    ({ call, content }) => {
      const parameters = [specOfObjects(pathsOf(customFieldsManager), [customFieldsManager]), retrieveOptions(null)];
      return call({ method: 'RetrievePropertiesEx', self: content.propertyCollector, parameters });
    },
    signal,
  );
  const [manager] = readPage(fields).objects;
  return new CustomFields(readNames(manager?.values.get('field') ?? null));
}

function pathsOf({ type }: ManagedObject): Record<string, readonly string[]> {
  return { [type]: ['field'] };
}

function readNames(fields: XmlElement | null): Map<number, string> {
  const names = childrenOf(fields, 'CustomFieldDef').flatMap((field) => {
    const key = numberOf(childOf(field, 'key'));
    const name = nameOf(childOf(field, 'name'));
    return key === null || name === null ? [] : [[key, name] as const];
  });
  return new Map(names);
}
