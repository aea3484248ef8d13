import { isIP, isIPv6 } from 'node:net';

const MOST_TEXT = 1_000;
/** Of one machine. */
const MOST_VALUES = 256;

/** What a value says: something, nothing, or what cannot be used. */
export type Said<T> = { value: T; isWrong: boolean };

export function textOf(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'string') return null;
  // Databases store no NUL.
  const text = value.replaceAll('\0', '').slice(0, MOST_TEXT).trim();
  return text === '' ? null : text;
}

export function toText(value: unknown): Said<string | null> {
  const text = textOf(value);
  return { value: text, isWrong: text === null && isTold(value) };
}

/** Lower case. A UUID of which all digits are 0 or f is what firmware without one says. */
export function toUuid(value: unknown): Said<string | null> {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('hex') : textOf(value);
  if (text === null) return { value: null, isWrong: isTold(value) };
  const hex = text.toLowerCase().replace(/[{}-]/g, '');
  if (!/^[0-9a-f]{32}$/.test(hex)) return { value: null, isWrong: true };
  if (/^(?:0{32}|f{32})$/.test(hex)) return { value: null, isWrong: false };
  return { value: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'), isWrong: false };
}

/** Upper case, with colons. Addresses of no card (all 0 or f) are left out. */
export function toMacs(value: unknown): Said<string[]> {
  return severalOf(value, (text) => {
    const hex = text.toUpperCase().replace(/[:.-]/g, '');
    if (!/^[0-9A-F]{12}$/.test(hex)) return undefined;
    return /^(?:0{12}|F{12})$/.test(hex) ? null : hex.replace(/..(?=.)/g, '$&:');
  });
}

/** Lower case, without a prefix length. `0.0.0.0` and `::` are left out. */
export function toAddresses(value: unknown): Said<string[]> {
  return severalOf(value, (text) => {
    const address = (text.split('/')[0] ?? '').toLowerCase().replace(/%.*$/, '');
    if (isIP(address) === 0) return undefined;
    // The shortest form of an IPv6 address, as the platforms write it.
    const shortest = isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
    return shortest === '0.0.0.0' || shortest === '::' ? null : shortest;
  });
}

/** Several are separated by commas, semicolons or space, or are a list. `toOne`: null: of no use; undefined: wrong. */
function severalOf(value: unknown, toOne: (text: string) => string | null | undefined): Said<string[]> {
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = given.slice(0, MOST_VALUES).map((one) => textOf(one));
  const words = texts.flatMap((text) => (text === null ? [] : text.split(/[\s,;]+/).filter((word) => word !== '')));
  const found = words.map(toOne);
  const isUnread = texts.some((text, index) => text === null && isTold(given[index]));
  const isWrong = isUnread || given.length > MOST_VALUES || found.includes(undefined);
  const kept = found.flatMap((one) => one ?? []);
  return { value: [...new Set(kept)], isWrong };
}

/** A number above 0, times `unit`. 0 is what many panels write for what they do not know. */
export function toAmount(value: unknown, unit = 1): Said<number | null> {
  const text = textOf(value);
  if (text === null) return { value: null, isWrong: isTold(value) };
  const amount = /^\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) * unit : Number.NaN;
  if (Number.isNaN(amount) || amount > Number.MAX_SAFE_INTEGER) return { value: null, isWrong: true };
  return { value: amount === 0 ? null : unit === 1 ? amount : Math.round(amount), isWrong: false };
}

const YES: ReadonlySet<string> = new Set(['true', 't', 'yes', 'y', '1', 'on']);
const NO: ReadonlySet<string> = new Set(['false', 'f', 'no', 'n', '0', 'off']);

export function toFlag(value: unknown): Said<boolean | null> {
  if (typeof value === 'boolean') return { value, isWrong: false };
  const word = textOf(value)?.toLowerCase();
  if (word === undefined) return { value: null, isWrong: isTold(value) };
  if (YES.has(word)) return { value: true, isWrong: false };
  return NO.has(word) ? { value: false, isWrong: false } : { value: null, isWrong: true };
}

function isTold(value: unknown): boolean {
  return value !== null && value !== undefined && typeof value !== 'string';
}
