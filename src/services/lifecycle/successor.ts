import type { Product, ProductRelease } from './product.ts';

/** What to move to: the newest release that is supported on a day, `2026-11-27`. */
export function successorOf({ product, release }: ProductRelease, day: string): string {
  if (product.moveTo !== undefined) return product.moveTo;
  const newer = product.releases
    .slice(0, product.releases.indexOf(release))
    .find((one) => one.isInterim !== true && (one.ends === null || one.ends >= day));
  return newer === undefined ? `a later release of ${product.name}` : nameOf({ product, release: newer });
}

/** `Debian 12` */
export function nameOf({ product, release }: ProductRelease): string {
  return release.name ?? `${product.name} ${release.version}`;
}

/** `regular support until 2026-07-11, then LTS`; `Ubuntu Pro until 2032-04-21`; null: there is nothing besides. */
export function noteOf({ product, release }: ProductRelease): string | null {
  const { regularEnds, paidEnds } = release;
  if (regularEnds !== undefined) return `regular support until ${regularEnds}, then ${reducedOf(product)}`;
  return paidEnds === undefined || product.paid === undefined ? null : `${product.paid} until ${paidEnds}`;
}

function reducedOf({ reduced }: Product): string {
  return reduced ?? 'a reduced one';
}
