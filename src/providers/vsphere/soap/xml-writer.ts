import { AppError } from '../../../types/errors.ts';
import type { ManagedObject } from './managed-object.ts';

/** XML that is complete: only the functions of this file make it, so no text gets in unescaped. */
export interface Xml {
  readonly xml: string;
}

/** What XML 1.0 cannot hold, not even escaped. Source: www.w3.org/TR/xml/#charsets */
const NO_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

/** Throws AppError('parameter') for a control character; the message does not repeat the text, which may be a password. */
export function escapeXml(text: string): string {
  if (NO_XML.test(text)) {
    throw new AppError('parameter', 'A text with control characters cannot be sent to vSphere', {
      hint: 'Check the user name and the password for characters that do not print',
    });
  }
  return text.replace(/[&<>"\t\n\r]/g, (character) => ESCAPES[character] ?? character);
}

/** `<name attribute="…">content</name>`. Text is escaped. */
export function element(
  name: string,
  content: string | number | boolean | readonly Xml[],
  attributes: Readonly<Record<string, string>> = {},
): Xml {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  const inside = typeof content === 'object' ? content.map(({ xml }) => xml).join('') : escapeXml(String(content));
  return { xml: `<${name}${written.join('')}>${inside}</${name}>` };
}

export function reference(name: string, { type, value }: ManagedObject): Xml {
  return element(name, value, { type });
}

const NAMESPACES =
  'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

/** The request for a method of an object. */
export function envelope(method: string, self: ManagedObject, parameters: readonly Xml[]): string {
  const body = element(method, [reference('_this', self), ...parameters], { xmlns: 'urn:vim25' });
  return (
    `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope ${NAMESPACES}>` +
    `<soapenv:Body>${body.xml}</soapenv:Body></soapenv:Envelope>`
  );
}
