import type { PricedPackage, PriceList, UnitPrice } from '../../types/price-list.ts';
import { product, quotient, sumOf } from './decimal.ts';

const GIB = 2 ** 30;

export interface Priced {
  package: string | null;
  cpus: number | null;
  memoryBytes: number | null;
  diskBytes: number | null;
}

/** Per hour; or why there is none. */
export type Rate = { rate: string; by: string; why: null } | { rate: null; by: null; why: string };

/** The package that was named, else the smallest that covers the size, else by the size. Pure. */
export function rateOf(prices: PriceList, server: Priced): Rate {
  if (server.package !== null) {
    const named = prices.packages.find(({ name }) => name === server.package);
    return named === undefined ? none(`the price list has no package ${server.package}`) : byPackage(prices, named);
  }
  const sizes = { cores: server.cpus, memoryGiB: gib(server.memoryBytes), diskGiB: gib(server.diskBytes) };
  const [smallest] = prices.packages.filter((one) => covers(one, sizes)).sort(bySize);
  return smallest === undefined ? byItsSize(prices, sizes) : byPackage(prices, smallest);
}

/** The price of a package for the time that it is sold by. */
export function packagePrice({ packages }: PriceList, name: string): UnitPrice | null {
  return packages.find((one) => one.name === name) ?? null;
}

interface Sizes {
  cores: number | null;
  memoryGiB: number | null;
  diskGiB: number | null;
}

const SIZES = ['cores', 'memoryGiB', 'diskGiB'] as const;

/** A package without a size is for those that are named. */
function covers(one: PricedPackage, sizes: Sizes): boolean {
  const limits = SIZES.filter((size) => one[size] !== undefined);
  return limits.length > 0 && limits.every((size) => (sizes[size] ?? Infinity) <= (one[size] ?? Infinity));
}

function bySize(a: PricedPackage, b: PricedPackage): number {
  for (const size of SIZES) {
    const [left, right] = [a[size] ?? Infinity, b[size] ?? Infinity];
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.name < b.name ? -1 : 1;
}

function byPackage(prices: PriceList, one: PricedPackage): Rate {
  return { rate: hourly(prices, one), by: one.name, why: null };
}

function byItsSize(prices: PriceList, sizes: Sizes): Rate {
  const { byCore, byGiB, byDiskGiB } = prices;
  const parts = [
    { price: byCore, size: sizes.cores, noun: 'number of cores' },
    { price: byGiB, size: sizes.memoryGiB, noun: 'memory' },
    { price: byDiskGiB, size: sizes.diskGiB, noun: 'size of the disks' },
  ].filter(({ price }) => price !== undefined);
  if (parts.length === 0) return none('no package of the price list covers its size');
  const unknown = parts.find(({ size }) => size === null);
  if (unknown !== undefined) return none(`its ${unknown.noun} is not known`);
  const rates = parts.map(({ price, size }) =>
    price === undefined ? '0' : product(hourly(prices, price), decimalText(size ?? 0)),
  );
  return { rate: sumOf(rates), by: 'size', why: null };
}

function hourly({ hoursPerMonth }: PriceList, { per, amount }: UnitPrice): string {
  return quotient(amount, per === 'hour' ? 1 : hoursPerMonth);
}

/** Sizes are binary fractions of GiB or cores; six digits tell MiB apart. */
function decimalText(size: number): string {
  return size.toFixed(6);
}

function gib(bytes: number | null): number | null {
  return bytes === null ? null : bytes / GIB;
}

function none(why: string): Rate {
  return { rate: null, by: null, why };
}
