import { isIPv6 } from 'node:net';
import type { Problems } from './problems.ts';

const FIX = 'write it as https://pve.example.com:8006';

/**
 * `https://host:8006` of a host, `host:port` or URL as people have them in PROXMOX_HOST and PROXMOX_VE_ENDPOINT. null, and a
 * problem, for what is none. A URL that names no port means 8006 too: 443 is asked for with `:443`.
 */
export function toEndpoint(text: string, source: string, problems: Problems): string | null {
  const trimmed = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'https') {
    problems.add(`${source} has the scheme ${scheme}, but Proxmox VE answers HTTPS only`, FIX);
    return null;
  }
  const rest = withoutPath(trimmed.replace(/^https:\/\//i, ''));
  const address = isIPv6(rest) ? `[${rest}]` : rest;
  const url = `https://${address}`;
  if (rest === '' || /[\s/?#@]/.test(rest) || !URL.canParse(url)) {
    problems.add(`${source} is not the address of a host`, FIX);
    return null;
  }
  const { hostname, port } = new URL(url);
  const isDefaultHttps = port === '' && address.endsWith(':443');
  return `https://${hostname}:${isDefaultHttps ? '443' : port || '8006'}`;
}

/** Without the path of the API, and slashes. A pattern for them would read on from each of many slashes. */
function withoutPath(address: string): string {
  const [host = '', ...path] = address.split('/');
  const words = path.filter((word) => word !== '').join('/');
  return ['', 'api2', 'api2/json', 'api2/extjs'].includes(words) ? host : address;
}

/** `pve.example.com` of `https://pve.example.com:8006`. */
export function hostOf(endpoint: string): string {
  return new URL(endpoint).hostname.replace(/^\[|\]$/g, '');
}
