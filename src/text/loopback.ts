import { isIPv4 } from 'node:net';

/** Whether a host, an IPv6 address without brackets, is this machine whatever a name server says. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
