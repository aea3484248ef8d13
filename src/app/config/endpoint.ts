import { isIPv6 } from 'node:net';
import type { Manifest } from '../../providers/manifest.ts';
import { withoutTrailingSlashes } from '../../text/without-slashes.ts';
import { apiPrefix } from '../../types/api-prefix.ts';
import type { Problems } from './problems.ts';

/**
 * `https://host:8006`, of a host, `host:port` or URL as people have them in PROXMOX_HOST and PROXMOX_VE_ENDPOINT; null, and a problem,
 * for what is none. A URL that names no port means the usual one of the kind too: of Proxmox VE, 443 is asked for with `:443`. One with
 * a path is that of a reverse proxy, `https://proxy:443/pve`, whose port is 443 where none is named.
 */
export function toEndpoint(
  text: string,
  source: string,
  problems: Problems,
  { server, address: words }: Pick<Manifest, 'server' | 'address'>,
): string | null {
  const fix = `write it as ${words.example}`;
  if (words.parse !== undefined) {
    const parsed = words.parse(text.trim());
    if (parsed === null) problems.add(`${source} is not what ${server.title} is asked about`, fix);
    return parsed;
  }
  const trimmed = withoutPage(text.trim(), words.pages);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'https') {
    problems.add(`${source} has the scheme ${scheme}, but ${server.title} answers HTTPS only`, fix);
    return null;
  }
  const { rest, prefix } = splitPath(trimmed.replace(/^https:\/\//i, ''), scheme !== undefined);
  const port = String(server.port);
  const host = rest.endsWith(`:${port}`) ? rest.slice(0, -port.length - 1) : undefined;
  if (isIPv6(rest) && host !== undefined && isIPv6(host)) {
    problems.add(
      `${source} is an IPv6 address that ends in the usual port`,
      `write the port outside brackets: [${host}]:${port}; or mean the address: [${rest}]:${port}`,
    );
    return null;
  }
  const address = isIPv6(rest) ? `[${rest}]` : rest;
  const url = `https://${address}`;
  if (rest === '' || /[\s/?#@]/.test(rest) || !URL.canParse(url)) {
    problems.add(`${source} is not the address of a host`, fix);
    return null;
  }
  const { hostname, port: named } = new URL(url);
  const isDefaultHttps = named === '' && address.endsWith(':443');
  const usual = prefix === '' ? port : '443';
  return `https://${hostname}:${isDefaultHttps ? '443' : named || usual}${prefix}`;
}

/** Without the path of a page that was copied along. */
function withoutPage(address: string, pages: readonly string[]): string {
  const bare = withoutTrailingSlashes(address);
  const page = pages.find((one) => bare.endsWith(one));
  return page === undefined ? address : bare.slice(0, -page.length);
}

/** Of a bare host, a path may as well be a slip. */
function splitPath(address: string, isUrl: boolean): { rest: string; prefix: string } {
  const [host = '', ...path] = address.split('/');
  const prefix = apiPrefix(path.join('/'));
  return prefix === null || (prefix !== '' && !isUrl) ? { rest: address, prefix: '' } : { rest: host, prefix };
}

/** `pve.example.com` of `https://pve.example.com:8006`. */
export function hostOf(endpoint: string): string {
  return new URL(endpoint).hostname.replace(/^\[|\]$/g, '');
}
