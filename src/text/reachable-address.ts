import { BlockList, isIP } from 'node:net';

/** Addresses of a system itself, of its own wire, or of many systems. Mapped IPv4 (::ffff:127.0.0.1) counts as IPv4. */
const UNREACHABLE = new BlockList();
UNREACHABLE.addSubnet('0.0.0.0', 8, 'ipv4'); // this network, and the unspecified address
UNREACHABLE.addSubnet('127.0.0.0', 8, 'ipv4'); // loopback
UNREACHABLE.addSubnet('169.254.0.0', 16, 'ipv4'); // link-local
UNREACHABLE.addSubnet('224.0.0.0', 3, 'ipv4'); // multicast, reserved, and broadcast
UNREACHABLE.addSubnet('::', 96, 'ipv6'); // unspecified, loopback, and what once stood for IPv4
UNREACHABLE.addSubnet('fe80::', 10, 'ipv6'); // link-local
UNREACHABLE.addSubnet('ff00::', 8, 'ipv6'); // multicast

/** Whether a text is an IP address, without a zone, at which other machines may reach the one that has it. */
export function isReachableAddress(text: string): boolean {
  const family = isIP(text);
  if (family === 0 || text.includes('%')) return false;
  return !UNREACHABLE.check(text, family === 4 ? 'ipv4' : 'ipv6');
}
