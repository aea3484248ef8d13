import { BlockList, isIP } from 'node:net';
import { durationMs } from '../../text/time.ts';
import type { GuestAddress } from '../../types/addresses.ts';
import { compileWildcard } from '../../types/wildcard.ts';

export const OPERATORS = ['!=', '>=', '<=', '=', '>', '<'] as const;
export type Operator = (typeof OPERATORS)[number];

/** Whether one value of a guest passes. `!=` is not among what a test sees: it is the opposite of `=`. */
export type ValueTest<V> = (value: V) => boolean;

type Order = Exclude<Operator, '!='>;

/** Why a field cannot be compared so, in a sentence after what is wrong: `is not a size`. */
export class WrongValue {
  readonly of: 'field' | 'value';
  readonly reason: string;
  readonly hint: string;

  constructor(reason: string, hint: string, of: 'field' | 'value' = 'value') {
    this.of = of;
    this.reason = reason;
    this.hint = hint;
  }
}

const NO_ORDER = new WrongValue('has no order', 'compare it with = or !=', 'field');

export function textTest(operator: Order, text: string): ValueTest<string> | WrongValue {
  return operator === '=' ? compileWildcard(text) : NO_ORDER;
}

const YES = ['yes', 'true', 'on', '1'];
const NO = ['no', 'false', 'off', '0'];

export function flagTest(operator: Order, text: string): ValueTest<boolean> | WrongValue {
  if (operator !== '=') return NO_ORDER;
  const word = text.toLowerCase();
  if (YES.includes(word)) return (value) => value;
  return NO.includes(word) ? (value) => !value : new WrongValue('is neither yes nor no', 'write yes or no');
}

const NUMBER = /^-?\d+(?:\.\d+)?$/;

export function numberTest(operator: Order, text: string): ValueTest<number> | WrongValue {
  return NUMBER.test(text)
    ? orderTest(operator, Number(text))
    : new WrongValue('is not a number', 'write a number: 4, 0.5');
}

const RANGE = /^(\d+)-(\d+)$/;

/** Also of a range: `100-199`. */
export function rangeTest(operator: Order, text: string): ValueTest<number> | WrongValue {
  const [, first, last] = RANGE.exec(text) ?? [];
  if (operator === '=' && first !== undefined) {
    if (Number(first) > Number(last)) return new WrongValue('ends before it begins', `write ${last}-${first}`);
    return (value) => value >= Number(first) && value <= Number(last);
  }
  return /^\d+$/.test(text)
    ? orderTest(operator, Number(text))
    : new WrongValue('is not an id', 'write 100 or 100-199');
}

const SIZE = /^(\d+(?:\.\d+)?)\s*([kmgtp])(?:i?b)?$/i;
const SIZE_UNITS = 'kmgtp';

/** Bytes; null for what is no size. */
export function sizeBytes(text: string): number | null {
  if (text === '0') return 0;
  const [, amount, unit = ''] = SIZE.exec(text) ?? [];
  return amount === undefined ? null : Number(amount) * 1024 ** (SIZE_UNITS.indexOf(unit.toLowerCase()) + 1);
}

/** Bytes. */
export function sizeTest(operator: Order, text: string): ValueTest<number> | WrongValue {
  const bytes = sizeBytes(text);
  if (bytes === null) return new WrongValue('is not a size', 'write it with a unit: 512M, 8G, 1.5T');
  return orderTest(operator, bytes);
}

/** Milliseconds. */
export function durationTest(operator: Order, text: string): ValueTest<number> | WrongValue {
  const wanted = durationMs(text);
  if (wanted === null) return new WrongValue('is not a duration', 'write 90s, 5m, 24h, 14d or 2w');
  // No age is this very one.
  if (operator === '=') return new WrongValue('is compared with < or >', `write <${text} or >${text}`, 'field');
  return orderTest(operator, wanted);
}

/** An address, a network such as `10.0.0.0/24`, a pattern, `public` or `private`. */
export function addressTest(operator: Order, text: string): ValueTest<GuestAddress> | WrongValue {
  if (operator !== '=') return NO_ORDER;
  const word = text.toLowerCase();
  if (word === 'private') return ({ isPrivate }) => isPrivate;
  if (word === 'public') return ({ isPrivate }) => !isPrivate;
  const passes = addressText(text);
  return passes instanceof WrongValue ? passes : (value) => passes(value.address);
}

function addressText(text: string): ValueTest<string> | WrongValue {
  const [address = '', length, ...more] = text.split('/');
  if (length === undefined) return isIP(text) === 6 ? sameAddress(text) : compileWildcard(text);
  const family = isIP(address);
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : Number.POSITIVE_INFINITY;
  if (family === 0 || more.length > 0 || bits > (family === 4 ? 32 : 128)) {
    return new WrongValue('is not a network', 'write 10.0.0.0/24 or fd00::/8');
  }
  return within(address, bits, family === 4 ? 'ipv4' : 'ipv6');
}

/** One address of version 6 has many spellings. */
function sameAddress(address: string): ValueTest<string> {
  return within(address, 128, 'ipv6');
}

function within(address: string, bits: number, family: 'ipv4' | 'ipv6'): ValueTest<string> {
  const network = new BlockList();
  network.addSubnet(address, bits, family);
  return (value) => isIP(value) === (family === 'ipv4' ? 4 : 6) && network.check(value, family);
}

function orderTest(operator: Order, wanted: number): ValueTest<number> {
  switch (operator) {
    case '=':
      return (value) => value === wanted;
    case '>':
      return (value) => value > wanted;
    case '>=':
      return (value) => value >= wanted;
    case '<':
      return (value) => value < wanted;
    case '<=':
      return (value) => value <= wanted;
  }
}
