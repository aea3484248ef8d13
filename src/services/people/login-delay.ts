import { isIPv4, isIPv6 } from 'node:net';

const SECOND_MS = 1000;
/** Failures without a delay: people mistype. */
const FREE = { account: 3, address: 10 };
/**
 * An account waits a minute at most: it slows down whoever guesses from many addresses, and leaves the owner, who cannot get ahead of
 * him, a chance each minute.
 */
const MOST_MS = { account: 60 * SECOND_MS, address: 15 * 60 * SECOND_MS };
/** After this time without a failure, the earlier ones do not count. */
export const FORGET_MS = 24 * 3_600_000;

/** How long the next attempt waits after so many failures in a row: 1 s, 2 s, 4 s, … */
export function loginDelayMs(of: 'account' | 'address', failures: number): number {
  const counted = failures - FREE[of];
  return counted <= 0 ? 0 : Math.min(MOST_MS[of], SECOND_MS * 2 ** Math.min(counted - 1, 30));
}

/** An account counts whether or not there is one of that name. */
export function accountKey(name: string): string {
  return `account/${name}`;
}

/** Of IPv6 the network of 64 bits, which is what one subscriber has. */
export function addressKey(address: string): string {
  return `address/${networkOf(address)}`;
}

function networkOf(address: string): string {
  const [plain = ''] = address.split('%');
  const mapped = /^::ffff:([\d.]+)$/i.exec(plain)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  if (!isIPv6(plain)) return plain;
  const [left = '', right] = plain.toLowerCase().split('::');
  const head = groups(left);
  const tail = right === undefined ? [] : groups(right);
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  const network = [...head, ...zeros, ...tail].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}

/** The last group of an address may be an IPv4 address, which stands for two. */
function groups(text: string): string[] {
  return text === '' ? [] : text.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}
