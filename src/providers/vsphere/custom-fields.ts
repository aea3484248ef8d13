import { readObjects } from './read-objects.ts';
import type { VsphereClient } from './soap/vsphere-client.ts';
import { childOf, childrenOf, nameOf, numberOf, textOf, type XmlElement } from './soap/xml-element.ts';

/** Names of the custom attributes of a vCenter, by the number that objects refer to. */
export class CustomFields {
  readonly #names: ReadonlyMap<number, string> | null;

  /** null: the names could not be read. */
  constructor(names: ReadonlyMap<number, string> | null) {
    this.#names = names;
  }

  /** `values` is the property `customValue`; without one there are no attributes. undefined: they have values but no names. */
  readValues(values: XmlElement | null): Record<string, string> | undefined {
    const names = this.#names;
    const fields = childrenOf(values, 'CustomFieldValue');
    if (names === null) return fields.length === 0 ? {} : undefined;
    const entries = fields.flatMap((one) => {
      const name = names.get(numberOf(childOf(one, 'key')) ?? Number.NaN);
      const value = textOf(childOf(one, 'value'));
      return name === undefined || value === null || value === '' ? [] : [[name, value] as const];
    });
    return Object.fromEntries(entries);
  }
}

/** Reads the names of custom attributes; ESXi has none. Throws AppError. */
export async function readCustomFields(client: VsphereClient, signal?: AbortSignal): Promise<CustomFields> {
  const { customFieldsManager } = await client.content(signal);
  if (customFieldsManager === null) return new CustomFields(new Map());
  const properties = { [customFieldsManager.type]: ['field'] };
  const [manager] = await readObjects(client, { properties, objects: [customFieldsManager], signal });
  if (manager === undefined || manager.missing.length > 0) return new CustomFields(null);
  return new CustomFields(readNames(manager.values.get('field') ?? null));
}

function readNames(fields: XmlElement | null): Map<number, string> {
  const names = childrenOf(fields, 'CustomFieldDef').flatMap((field) => {
    const key = numberOf(childOf(field, 'key'));
    const name = nameOf(childOf(field, 'name'));
    return key === null || name === null ? [] : [[key, name] as const];
  });
  return new Map(names);
}
