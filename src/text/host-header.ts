import net from 'node:net';
import { AppError } from '../types/errors.ts';

const HEADER = /^(?:\[([0-9a-f:.]{2,45})\]|([^\s:[\]/@]{1,253}))(?::\d{1,5})?$/i;
const NAME = /^[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?$/i;

/** Normalizes the names given with an option. Throws AppError('usage'). */
export function hostNames(texts: readonly string[], option = '--listen-host'): string[] {
  return texts.map((text) => {
    if (NAME.test(text)) return text.toLowerCase();
    throw new AppError('usage', `'${text}' is not the name of a host`, {
      hint: `write ${option} collector.example.com, without scheme and port`,
    });
  });
}

/**
 * Whether a request was meant for this server. A web page can make its own name resolve to 127.0.0.1 and read the answers (DNS
 * rebinding), but then the header has its name. An IP address in the header cannot be redirected.
 */
export function isOwnHost(header: string | undefined, names: ReadonlySet<string>): boolean {
  const [, ipv6, plain = ''] = HEADER.exec(header ?? '') ?? [];
  if (ipv6 !== undefined) return net.isIPv6(ipv6);
  const name = plain.toLowerCase().replace(/\.$/, '');
  return net.isIPv4(name) || name === 'localhost' || name.endsWith('.localhost') || names.has(name);
}
