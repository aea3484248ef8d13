import { isIP } from 'node:net';
import { addressesOf, isIpv4, isPrivateAddress } from '../../types/addresses.ts';
import type { GuestRow } from '../../types/inventory.ts';

/** Loopback and link-local addresses, and the unspecified one: nobody reaches a guest by them. */
const UNREACHABLE = /^(?:127\.|169\.254\.|0\.|::1?$|fe[89ab][0-9a-f]:)/i;

/** Where a guest is reached: private IPv4 first, then public IPv4, then IPv6. */
export function reachableAddresses({ document }: GuestRow): readonly string[] {
  const addresses = addressesOf(document).filter((text) => isIP(text) !== 0 && !UNREACHABLE.test(text));
  const rank = (address: string): number => (isIpv4(address) ? (isPrivateAddress(address) ? 0 : 1) : 2);
  return [...new Set(addresses)].sort((a, b) => rank(a) - rank(b));
}

/** null: none is known. Safe in any format: digits, letters, dots and colons. */
export function primaryAddress(guest: GuestRow): string | null {
  return reachableAddresses(guest)[0] ?? null;
}

/** `lab/100`, as commands take it. */
export function referenceOf({ providerName, nativeId }: GuestRow): string {
  return `${providerName}/${nativeId}`;
}

/** Those that people log in to. */
export function machinesOf(guests: readonly GuestRow[]): GuestRow[] {
  return guests.filter(({ isTemplate }) => !isTemplate);
}
