import { PRODUCTS } from './lifecycle-data.ts';
import type { Product, ProductRelease } from './product.ts';

/** `12`, `12.5`, `8.4.21`; nothing that says more, such as `3.21.0_alpha20240606`, which comes before a release. */
const NUMBERS = /^(\d{1,4})(?:\.(\d{1,4}))?(?:\.\d{1,6}){0,2}$/;

const BY_ID: ReadonlyMap<string, Product> = new Map(PRODUCTS.map((product) => [product.id, product]));

/** The release that a version belongs to, by all of it, its first two numbers or its first; null: it is not in the data. */
export function findRelease(product: Product, version: string): ProductRelease | null {
  const wanted = version.toLowerCase();
  const [, major, minor] = NUMBERS.exec(wanted) ?? [];
  const keys = [wanted, ...(minor === undefined ? [] : [`${major}.${minor}`]), ...(major === undefined ? [] : [major])];
  for (const key of keys) {
    const release = product.releases.find((one) => one.version === key);
    if (release) return { product, release };
  }
  return null;
}

export function findProductRelease(productId: string, version: string): ProductRelease | null {
  const product = BY_ID.get(productId);
  return product === undefined ? null : findRelease(product, version);
}

/** What a node of a kind of provider runs. */
export function findPlatformRelease(kind: string, version: string): ProductRelease | null {
  const product = PRODUCTS.find(({ platform }) => platform === kind);
  return product === undefined ? null : findRelease(product, version);
}
