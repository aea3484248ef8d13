import { setImmediate as nextTurn } from 'node:timers/promises';
import { SaxesParser } from 'saxes';

/** An element of an answer: its text, its elements by their names, or, of a list, its rows. */
export type XmlValue = string | readonly XmlValue[] | { readonly [name: string]: XmlValue };

/** An answer that cannot be read; the message says why, without its contents. Stays inside this folder. */
export class UnreadableXml extends Error {
  override readonly name = 'UnreadableXml';
  /** The text ends early: the same request may do better. */
  readonly isCut: boolean;

  constructor(message: string, isCut = false) {
    super(message);
    this.isCut = isCut;
  }
}

/** Parsed in one turn of the event loop: about 8 ms. */
const CHARACTERS_AT_ONCE = 256 * 2 ** 10;
const MAX_DEPTH = 64;
const MAX_ELEMENTS = 4_000_000;
/** V8 copies shorter parts of a text itself; a longer one would hold all of the answer in memory. */
const LEAST_PART = 13;
/** Names of the rows of a list, in EC2 and in STS. */
const ROWS: ReadonlySet<string> = new Set(['item', 'member']);

interface OpenElement {
  name: string;
  text: string;
  rows: XmlValue[] | null;
  fields: Record<string, XmlValue> | null;
}

/**
 * Reads an answer of the Query protocol into plain values, in several turns of the event loop; an empty element is an empty text, also
 * one that stands for an empty list. Takes linear time. A document type, and with it every entity but the five of XML, is refused.
 * Throws UnreadableXml.
 */
export async function readXml(text: string): Promise<XmlValue> {
  const builder = new ValueBuilder();
  const parser = new SaxesParser({ position: false, xmlns: false });
  parser.on('doctype', refuseDoctype);
  parser.on('opentag', ({ name }) => builder.open(name));
  parser.on('closetag', () => builder.close());
  parser.on('text', (part) => builder.add(part));
  parser.on('cdata', (part) => builder.add(part));
  for (let start = 0; start < text.length; start += CHARACTERS_AT_ONCE) {
    if (start > 0) await nextTurn();
    explained(() => parser.write(text.slice(start, start + CHARACTERS_AT_ONCE)));
  }
  if (builder.root === null) throw new UnreadableXml('it ends early', true);
  explained(() => parser.close());
  return builder.root;
}

/** The parser's own messages quote the text. */
function explained(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    throw error instanceof UnreadableXml ? error : new UnreadableXml('it is not well-formed XML');
  }
}

function refuseDoctype(): never {
  throw new UnreadableXml('it has a document type');
}

class ValueBuilder {
  root: XmlValue | null = null;
  readonly #open: OpenElement[] = [];
  #elements = 0;

  open(name: string): void {
    this.#elements += 1;
    if (this.#elements > MAX_ELEMENTS) throw new UnreadableXml(`it has more than ${MAX_ELEMENTS} elements`);
    if (this.#open.length >= MAX_DEPTH) throw new UnreadableXml(`it nests more than ${MAX_DEPTH} levels`);
    this.#open.push({ name, text: '', rows: null, fields: null });
  }

  add(text: string): void {
    const current = this.#open.at(-1);
    if (current !== undefined && current.rows === null && current.fields === null) current.text += text;
  }

  close(): void {
    const done = this.#open.pop();
    if (done === undefined) return;
    const value = done.rows ?? done.fields ?? ownText(done.text);
    const parent = this.#open.at(-1);
    if (parent === undefined) this.root ??= value;
    else if (ROWS.has(done.name)) {
      if (parent.rows === null) parent.rows = [value];
      else parent.rows.push(value);
    } else {
      parent.fields ??= {};
      // The only name that would not be a field; objects without a prototype take twice the time.
      if (done.name !== '__proto__') parent.fields[done.name] = value;
    }
  }
}

function ownText(text: string): string {
  return text.length < LEAST_PART ? text : ` ${text}`.slice(1);
}
