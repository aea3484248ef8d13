import { apiPrefix } from '../types/api-prefix.ts';
import { AppError } from '../types/errors.ts';

const DEFAULT_PORT = '8006';

/**
 * `host`, `host:port`, `https://host:8006` or an address with /api2/json → origin, with the path of a reverse proxy:
 * `https://proxy/pve`. Throws AppError('configuration').
 */
export function normalizeEndpoint(text: string): string {
  const trimmed = text.trim();
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${withPort(trimmed)}`;
  const url = URL.canParse(address) ? new URL(address) : null;
  const prefix = apiPrefix(url?.pathname ?? '');
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '' || prefix === null) {
    throw new AppError('configuration', `Not an address of a Proxmox VE server: ${url ? url.origin : trimmed}`, {
      hint: 'Give https://HOST:8006',
    });
  }
  return url.origin + prefix;
}

function withPort(host: string): string {
  const [authority = '', ...path] = host.split('/');
  const hasPort = /:\d+$/.test(authority) && (authority.startsWith('[') || authority.split(':').length === 2);
  return [hasPort ? authority : `${authority}:${DEFAULT_PORT}`, ...path].join('/');
}
