import type { ProposalKind } from './billing.ts';

export const ROUNDING_MODES = ['half-even', 'half-up', 'down', 'up'] as const;
export type RoundingMode = (typeof ROUNDING_MODES)[number];

/** An amount is a decimal number as text: money is never a floating-point number. */
export interface UnitPrice {
  per: 'hour' | 'month';
  amount: string;
}

/** Sizes that it covers; absent: any. */
export interface PricedPackage extends UnitPrice {
  name: string;
  cores?: number;
  memoryGiB?: number;
  diskGiB?: number;
}

/** Proposals that may be applied though no person decides. */
export interface ApplyRule {
  kinds: readonly ProposalKind[];
  /** Keys of accounts; absent: all. */
  accounts?: readonly string[];
  /** A proposal above this waits for a person. */
  most: string;
}

export interface PriceList {
  currency: string;
  rounding: { digits: number; mode: RoundingMode };
  /** Which observed hours are charged: those in which a guest ran, or all in which it was there. */
  charge: 'running' | 'present';
  hoursPerMonth: number;
  packages: readonly PricedPackage[];
  byCore?: UnitPrice;
  byGiB?: UnitPrice;
  byDiskGiB?: UnitPrice;
  apply: readonly ApplyRule[];
}

/** A price list with its version, which rises by one each time that it is set. */
export interface PriceVersion {
  version: number;
  prices: PriceList;
}
