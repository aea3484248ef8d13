import { urlToHttpOptions } from 'node:url';

/** An address in the parts that Node's request functions take. */
export interface WireOrigin {
  /** `https://host:8006`. */
  href: string;
  /** `/pve` of a reverse proxy, which goes before every path; usually empty. */
  prefix: string;
  protocol: 'http:' | 'https:';
  /** Without the brackets of IPv6. */
  hostname: string;
  /** undefined: the usual one. */
  port: number | undefined;
}

/** Of an address as `https://host:8006`, `https://proxy/pve`. */
export function toOrigin(url: string): WireOrigin {
  const parsed = new URL(url);
  const { hostname, port } = urlToHttpOptions(parsed);
  const prefix = parsed.pathname === '/' ? '' : parsed.pathname;
  const protocol = url.startsWith('https:') ? 'https:' : 'http:';
  const href = prefix === '' ? url : url.slice(0, -prefix.length);
  return { href, prefix, protocol, hostname: hostname ?? '', port: port === undefined ? undefined : Number(port) };
}
