import net from 'node:net';
import { AppError } from '../../types/errors.ts';

const HEADER = /^(?:\[([0-9a-f:.]{2,45})\]|([^\s:[\]/@]{1,253}))(?::\d{1,5})?$/i;
const NAME = /^[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?$/i;

/** Names for --listen-host, in the form in which they are compared. Throws AppError('usage'). */
export function hostNames(texts: readonly string[]): string[] {
  return texts.map((text) => {
    if (NAME.test(text)) return text.toLowerCase();
    throw new AppError('usage', `'${text}' is not the name of a host`, {
      hint: 'write --listen-host collector.example.com, without scheme and port',
    });
  });
}

/**
 * Whether a request was meant for this server. A page on the web can make its own name lead to 127.0.0.1 and read what is served
 * there (DNS rebinding), but its name is in the header then. An address in place of a name cannot be made to lead elsewhere.
 */
export function isOwnHost(header: string | undefined, names: ReadonlySet<string>): boolean {
  const [, ipv6, plain = ''] = HEADER.exec(header ?? '') ?? [];
  if (ipv6 !== undefined) return net.isIPv6(ipv6);
  const name = plain.toLowerCase().replace(/\.$/, '');
  return net.isIPv4(name) || name === 'localhost' || name.endsWith('.localhost') || names.has(name);
}
