import { isIP } from 'node:net';
import { isReachableAddress } from '../../text/reachable-address.ts';
import type { GuestAddress } from '../../types/addresses.ts';
import type { GuestRow } from '../../types/inventory.ts';

/** Where a guest is reached: private IPv4 first, then public IPv4, then IPv6. */
export function reachableAddresses({ addresses }: Pick<GuestRow, 'addresses'>): readonly string[] {
  const reachable = addresses.filter(({ address }) => isReachableAddress(address));
  const rank = ({ address, isPrivate }: GuestAddress): number => (isIP(address) === 6 ? 2 : isPrivate ? 0 : 1);
  return [...new Set(reachable.toSorted((a, b) => rank(a) - rank(b)).map(({ address }) => address))];
}

/** null: none is known. Safe in any format: digits, letters, dots and colons. */
export function primaryAddress(guest: GuestRow): string | null {
  return reachableAddresses(guest)[0] ?? null;
}

/** `lab/100`, as commands take it. */
export function referenceOf({ providerName, nativeId }: GuestRow): string {
  return `${providerName}/${nativeId}`;
}

/** Those that people log in to; a selector that asks for a presence also finds guests that are gone. */
export function machinesOf(guests: readonly GuestRow[]): GuestRow[] {
  return guests.filter(({ isTemplate, presence }) => !isTemplate && presence !== 'gone');
}

/** `Debian GNU/Linux 12 (bookworm)` as the system inside calls itself, else the type that is configured. */
export function osOf({ os, osType }: GuestRow): string | null {
  return os?.name ?? osType;
}
