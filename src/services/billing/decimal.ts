import Big from 'big.js';
import type { PriceList, RoundingMode } from '../../types/price-list.ts';

const MODES = { down: 0, 'half-up': 1, 'half-even': 2, up: 3 } as const satisfies Record<RoundingMode, number>;
const RATE_DIGITS = 10;

/** Takes no JavaScript numbers with a fraction, and rounds quotients to the digits of a rate. */
const Decimal = Big();
Decimal.strict = true;
Decimal.DP = RATE_DIGITS;
Decimal.RM = MODES['half-even'];

/** `1.50`, as it is exactly. */
export function sumOf(amounts: readonly string[]): string {
  return amounts.reduce((sum, amount) => new Decimal(sum).plus(amount).toFixed(), '0');
}

export function timesHours(rate: string, hours: number): string {
  return new Decimal(rate).times(String(hours)).toFixed();
}

export function negated(amount: string): string {
  return new Decimal('0').minus(amount).toFixed();
}

/** Where an amount may be negative, its size counts. */
export function isAtMost(amount: string, most: string): boolean {
  return new Decimal(amount).abs().lte(most);
}

/** Half to even, to the digits that a rate has. */
export function quotient(amount: string, divisor: number): string {
  return new Decimal(amount).div(String(divisor)).toFixed();
}

/** A price for a size that may have a fraction. Exact: a size has few digits. */
export function product(rate: string, size: string): string {
  return new Decimal(rate).times(size).round(RATE_DIGITS, MODES['half-even']).toFixed();
}

/** With all its digits: `12.00`. */
export function rounded(amount: string, { digits, mode }: PriceList['rounding']): string {
  return new Decimal(amount).round(digits, MODES[mode]).toFixed(digits);
}
