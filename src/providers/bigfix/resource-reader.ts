import { setImmediate as nextTurn } from 'node:timers/promises';
import { SaxesParser } from 'saxes';

/** One resource of an answer, with those of its children that were asked for. */
export interface Resource {
  /** `Computer`. */
  name: string;
  /** Its own address; null where it tells none. */
  address: string | null;
  /** By name; the first one of that name. */
  fields: ReadonlyMap<string, string>;
}

/** An answer that cannot be read; the message says why, without its contents. Stays inside this folder. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
}

const ROOT = 'BESAPI';
/** Of the root, a resource and its children: what nests deeper is passed over, up to here. */
const MOST_LEVELS = 16;
/** Parsed in one turn of the event loop. */
const CHARACTERS_AT_ONCE = 256 * 2 ** 10;

/**
 * Reads the resources of a BESAPI document. Only `fields` are kept: a computer also tells its settings, and passwords are among
 * them. Takes linear time; a document type is refused. Throws UnreadableAnswer, also for a text that ends early.
 */
export async function readResources(text: string, fields: readonly string[]): Promise<Resource[]> {
  const builder = new ResourceBuilder(new Set(fields));
  const parser = new SaxesParser({ position: false, xmlns: false });
  parser.on('doctype', () => {
    throw new UnreadableAnswer('it has a document type');
  });
  parser.on('opentag', ({ name, attributes }) => builder.open(name, attributes['Resource'] ?? null));
  parser.on('closetag', () => builder.close());
  parser.on('text', (part) => builder.add(part));
  parser.on('cdata', (part) => builder.add(part));
  for (let start = 0; start < text.length; start += CHARACTERS_AT_ONCE) {
    if (start > 0) await nextTurn();
    explained(() => parser.write(text.slice(start, start + CHARACTERS_AT_ONCE)));
  }
  explained(() => parser.close());
  return builder.resources;
}

/** The parser's own messages quote the text. */
function explained(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    throw error instanceof UnreadableAnswer ? error : new UnreadableAnswer('it is not well-formed XML, or ends early');
  }
}

class ResourceBuilder {
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

  open(name: string, address: string | null): void {
    if (this.#level === 0 && name !== ROOT) throw new UnreadableAnswer(`it is no ${ROOT} document`);
    if (this.#level >= MOST_LEVELS) throw new UnreadableAnswer(`it nests more than ${MOST_LEVELS} levels`);
    if (this.#level === 1) {
      this.#name = name;
      this.#address = address;
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
