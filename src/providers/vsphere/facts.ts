import type { MissingProperty, ObjectContent } from './soap/object-content.ts';
import { nameOf, type XmlElement } from './soap/xml-element.ts';

/** undefined: it could not be read, so nothing is known of it. null: the object has no such value. */
export type Read<T> = T | null | undefined;

/** One object of the inventory. */
export interface InventoryRow {
  /** Its reference, `vm-42`: changes when it is registered anew. */
  moref: string;
  /** Properties that could not be read; the fields made of them are undefined. */
  unread: readonly MissingProperty[];
}

/** Takes values out of what was read of an object. */
export class Facts {
  readonly row: InventoryRow;
  readonly #values: ObjectContent['values'];

  constructor({ object, values, missing }: ObjectContent) {
    this.row = { moref: object.value, unread: missing };
    this.#values = values;
  }

  /** `convert` gets the value of the property, null where there is none; it may find that more is needed which was not read. */
  read<T>(path: string, convert: (value: XmlElement | null) => Read<T>): Read<T> {
    if (this.#isUnread(path)) return undefined;
    return convert(this.#values.get(path) ?? null);
  }

  /** vCenter may tell of the whole (`config`) when a part (`config.uuid`) was asked for, or of a part of it. */
  #isUnread(path: string): boolean {
    return this.row.unread.some(
      ({ path: missing }) => missing === path || path.startsWith(`${missing}.`) || missing.startsWith(`${path}.`),
    );
  }
}

/** null for a word of a newer version. */
export function oneOf<T extends string>(known: readonly T[], value: XmlElement | null): T | null {
  const word = nameOf(value);
  return known.find((one) => one === word) ?? null;
}
