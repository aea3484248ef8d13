import { isIP } from 'node:net';
import { KIND_WORDS } from '../../types/guest.ts';
import type { GuestRow } from '../../types/inventory.ts';

const MOST_LETTERS = 200;
/**
 * Names that mean this machine, its router, the one that tells browsers their proxy or systems their tunnel, in any domain, or every
 * machine. Sources: hosts files of Debian, Red Hat, SUSE and macOS; nss-myhostname(8); RFC 5214 section 8.3.2.
 */
const RESERVED =
  /^(?:(?:localhost\d*|wpad|isatap)(?:\..*)?|localdomain\d*|loopback|_?gateway|ipv?6-.*|broadcasthost|all|ungrouped)$/;

/**
 * A name of letters of ASCII, digits, `.`, `_` and `-` for each guest, by its id. Two guests never have the same one, whatever their
 * case: guests that are called alike get their provider and id behind it, all of them, so that none takes the name of another
 * when that one goes. `isTaken`: names that mean something else.
 */
export function hostNames(
  guests: readonly GuestRow[],
  isTaken: (name: string) => boolean = () => false,
): ReadonlyMap<string, string> {
  const plain = guests.map((guest) => plainName(guest));
  const counts = countOf(plain);
  const wanted = guests.map((guest, index) => {
    const name = plain[index] ?? '';
    const isOwn = counts.get(name.toLowerCase()) === 1 && !isReserved(name) && !isTaken(name);
    return isOwn ? name : `${name}-${hostText(guest.providerName)}-${hostText(guest.nativeId)}`;
  });
  // Of two that are still equal, one has what the other was given.
  const used = countOf(wanted);
  return new Map(
    guests.map(({ id }, index) => {
      const name = wanted[index] ?? '';
      return [id, used.get(name.toLowerCase()) === 1 ? name : `${name}-${hostText(id)}`];
    }),
  );
}

function plainName(guest: GuestRow): string {
  return hostText(guest.name ?? '') || `${KIND_WORDS[guest.kind]}-${hostText(guest.nativeId)}`;
}

/** Accents are taken off; what is no letter, digit, `.`, `_` or `-` becomes `-`. */
function hostText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, MOST_LETTERS)
    .replace(/^[^A-Za-z0-9]+|[.-]+$/g, '');
}

/** An address as a name would lead to another machine. */
function isReserved(name: string): boolean {
  return RESERVED.test(name.toLowerCase()) || isIP(name) !== 0 || /^[0-9.]+$/.test(name);
}

/** How many of them are alike but for the case, by the name in lower case. */
export function countOf(names: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  return counts;
}
