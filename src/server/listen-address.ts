import { isIP, isIPv4 } from 'node:net';
import { parseHostPort } from '../text/host-port.ts';
import { isLoopback } from '../text/loopback.ts';
import { AppError } from '../types/errors.ts';

/** Where the server listens. */
export type ListenAddress = { host: string; port: number } | { socket: string };

const HINT = 'write --listen 127.0.0.1:8440, [::1]:8440 or unix:/run/rollcall/serve.sock';

/** Parses `HOST:PORT` or `unix:/PATH`. Others than this machine need `isRemoteAllowed`. Throws AppError `usage`. */
export function parseServeAddress(text: string, isRemoteAllowed: boolean): ListenAddress {
  const socket = /^unix:(\/.+)$/.exec(text)?.[1];
  if (socket !== undefined) return { socket };
  const address = parseHostPort(text);
  if (address === null) throw new AppError('usage', `'${text}' is not an address to listen on`, { hint: HINT });
  if (!isRemoteAllowed && !isLoopback(address.host)) {
    throw new AppError('usage', `${address.host} can be reached by other machines`, {
      hint: `${HINT}; or add --allow-remote, with --tls-cert and --tls-key, or behind a proxy that has them`,
    });
  }
  return address;
}

/** Whether only users of this machine reach it. */
export function isLocal(address: ListenAddress): boolean {
  return 'socket' in address || isLoopback(address.host);
}

/** `/rollcall/` → `/rollcall`; empty for the root. Throws AppError `usage`. */
export function parseBasePath(text: string): string {
  const path = text.replace(/\/$/, '');
  if (path === '' || /^(?:\/[\w.~-]+)+$/.test(path)) return path;
  throw new AppError('usage', `'${text}' is no base path`, { hint: 'write --base-path /rollcall' });
}

/** Addresses and networks, `10.0.0.0/8`, whose forwarded headers count. Throws AppError `usage`. */
export function parseProxies(texts: readonly string[]): string[] {
  return texts.map((text) => {
    const [, address = '', bits = '0'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
    const most = isIPv4(address) ? 32 : 128;
    if (isIP(address) > 0 && Number(bits) <= most) return text;
    throw new AppError('usage', `'${text}' is not the address of a proxy`, {
      hint: 'write --trust-proxy 127.0.0.1 or 10.0.0.0/8',
    });
  });
}
