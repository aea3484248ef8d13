import { concatSafe, declareSafe, escapeText, type SafeText } from './escape.ts';

/** An element of an XML document. A value that is null is left out. */
export interface XmlElement {
  name: string;
  attributes?: Readonly<Record<string, string | number | null>>;
  children?: readonly XmlElement[];
  text?: string;
}

const INDENT = '  ';

/** A document of XML 1.0: what it does not allow, and what would act on a terminal, is written as `\x1b`. */
export function toXml(root: XmlElement): SafeText {
  return concatSafe([declareSafe('<?xml version="1.0" encoding="UTF-8"?>\n'), ...elementParts(root, '')]);
}

function* elementParts(
  { name, attributes = {}, children = [], text }: XmlElement,
  indent: string,
): Generator<SafeText> {
  const given = Object.entries(attributes).map(([key, value]) =>
    value === null ? '' : ` ${key}="${escapeXml(String(value))}"`,
  );
  const head = `${indent}<${name}${given.join('')}`;
  if (children.length === 0) {
    yield declareSafe(text === undefined ? `${head}/>\n` : `${head}>${escapeXml(text)}</${name}>\n`);
    return;
  }
  yield declareSafe(`${head}>\n`);
  for (const child of children) yield* elementParts(child, indent + INDENT);
  yield declareSafe(`${indent}</${name}>\n`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
/** XML 1.0 has no U+FFFE and U+FFFF; controls and halves of surrogate pairs are escaped before. */
const RESERVED = /[&<>"'\ufffe\uffff]/g;

function escapeXml(text: string): SafeText {
  const escaped = escapeText(text).replace(RESERVED, (character) => {
    return ENTITIES[character] ?? `\\u{${character.charCodeAt(0).toString(16)}}`;
  });
  return declareSafe(escaped);
}
