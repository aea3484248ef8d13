import { feedXml, UnreadableXml, type XmlBuilder } from '../../net/feed-xml.ts';

/** An element of an answer: its text, its elements by their names, or, of a list, its rows. */
export type XmlValue = string | readonly XmlValue[] | { readonly [name: string]: XmlValue };

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
 * Reads an answer of the Query protocol into plain values; an empty element is an empty text, also one that stands for an empty list.
 * Throws UnreadableXml.
 */
export async function readXml(text: string): Promise<XmlValue> {
  const builder = new ValueBuilder();
  await feedXml(text, builder);
  return builder.root ?? '';
}

class ValueBuilder implements XmlBuilder {
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
