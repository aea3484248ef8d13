import { setImmediate as nextTurn } from 'node:timers/promises';
import { SaxesParser } from 'saxes';

/** An answer that cannot be read; the message says why, without its contents. */
export class UnreadableXml extends Error {
  override readonly name = 'UnreadableXml';
  /** The text ends early: the same request may do better. */
  readonly isCut: boolean;

  constructor(message: string, isCut = false) {
    super(message);
    this.isCut = isCut;
  }
}

/** What is made of a document, element by element. May throw UnreadableXml. */
export interface XmlBuilder {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  /** A part of the text of the element that is open. */
  add(text: string): void;
  close(): void;
}

/** Parsed in one turn of the event loop: about 8 ms. */
const CHARACTERS_AT_ONCE = 256 * 2 ** 10;

/**
 * Reads a document into a builder, in several turns of the event loop. Takes linear time. A document type, and with it every entity but
 * the five of XML, is refused. `afterPart`: between two turns, and at the end. Throws UnreadableXml, and what `afterPart` throws.
 */
export async function feedXml(text: string, builder: XmlBuilder, afterPart?: () => void): Promise<void> {
  const parser = new SaxesParser({ position: false, xmlns: false });
  let level = 0;
  let opened = 0;
  parser.on('doctype', () => {
    throw new UnreadableXml('it has a document type');
  });
  parser.on('opentag', ({ name, attributes }) => {
    level += 1;
    opened += 1;
    builder.open(name, attributes);
  });
  parser.on('closetag', () => {
    level -= 1;
    builder.close();
  });
  parser.on('text', (part) => builder.add(part));
  parser.on('cdata', (part) => builder.add(part));
  for (let start = 0; start < text.length; start += CHARACTERS_AT_ONCE) {
    if (start > 0) await nextTurn();
    explained(() => parser.write(text.slice(start, start + CHARACTERS_AT_ONCE)));
    afterPart?.();
  }
  if (opened === 0 || level > 0) throw new UnreadableXml('it ends early', true);
  explained(() => parser.close());
}

/** The parser's own messages quote the text. */
function explained(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    throw error instanceof UnreadableXml ? error : new UnreadableXml('it is not well-formed XML');
  }
}
