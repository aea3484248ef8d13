import { urlToHttpOptions } from 'node:url';

/** An address in the parts that Node's request functions take. */
export interface WireOrigin {
  /** `https://host:8006`. */
  href: string;
  protocol: 'http:' | 'https:';
  /** Without the brackets of IPv6. */
  hostname: string;
  /** undefined: the usual one. */
  port: number | undefined;
}

/** Of an address as `https://host:8006`. */
export function toOrigin(url: string): WireOrigin {
  const { hostname, port } = urlToHttpOptions(new URL(url));
  const protocol = url.startsWith('https:') ? 'https:' : 'http:';
  return { href: url, protocol, hostname: hostname ?? '', port: port === undefined ? undefined : Number(port) };
}
