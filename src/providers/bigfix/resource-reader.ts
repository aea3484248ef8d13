import { feedXml, UnreadableXml, type XmlBuilder } from '../../net/feed-xml.ts';

/** One resource of an answer, with those of its children that were asked for. */
export interface Resource {
  /** `Computer`. */
  name: string;
  /** Its own address; null where it tells none. */
  address: string | null;
  /** By name; the first one of that name. */
  fields: ReadonlyMap<string, string>;
}

const ROOT = 'BESAPI';
/** Of the root, a resource and its children: what nests deeper is passed over, up to here. */
const MOST_LEVELS = 16;

/**
 * Reads the resources of a BESAPI document. Only `fields` are kept: a computer also tells its settings, and passwords are among
 * them. Throws UnreadableXml.
 */
export async function readResources(text: string, fields: readonly string[]): Promise<Resource[]> {
  const builder = new ResourceBuilder(new Set(fields));
  await feedXml(text, builder);
  return builder.resources;
}

class ResourceBuilder implements XmlBuilder {
  readonly resources: Resource[] = [];
  readonly #wanted: ReadonlySet<string>;
  #level = 0;
  #name = '';
  #address: string | null = null;
  #fields = new Map<string, string>();
  /** The field that is open, and its text; null: none that was asked for. */
  #field: string | null = null;
  #text = '';

  constructor(wanted: ReadonlySet<string>) {
    this.#wanted = wanted;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.#level === 0 && name !== ROOT) throw new UnreadableXml(`it is no ${ROOT} document`);
    if (this.#level >= MOST_LEVELS) throw new UnreadableXml(`it nests more than ${MOST_LEVELS} levels`);
    if (this.#level === 1) {
      this.#name = name;
      this.#address = attributes['Resource'] ?? null;
      this.#fields = new Map();
    }
    if (this.#level === 2) {
      this.#field = this.#wanted.has(name) && !this.#fields.has(name) ? name : null;
      this.#text = '';
    }
    this.#level += 1;
  }

  add(part: string): void {
    if (this.#level === 3 && this.#field !== null) this.#text += part;
  }

  close(): void {
    this.#level -= 1;
    if (this.#level === 2 && this.#field !== null) {
      this.#fields.set(this.#field, this.#text.trim());
      this.#field = null;
    }
    if (this.#level === 1) this.resources.push({ name: this.#name, address: this.#address, fields: this.#fields });
  }
}
