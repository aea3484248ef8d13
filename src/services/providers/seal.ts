import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../../repositories/history/hash-chain.ts';
import type { InventoryKey } from '../../types/inventory-key.ts';

export type SealKey = Pick<InventoryKey, 'sealSecret'>;

/** 64 hex digits that only somebody with the inventory key can make. The first item of `what` tells its kind from others. */
export function seal({ sealSecret }: SealKey, what: readonly unknown[]): string {
  return createHmac('sha256', sealSecret).update(canonicalJson(what)).digest('hex');
}

export function isSealed(key: SealKey, what: readonly unknown[], written: string): boolean {
  const [left, right] = [Buffer.from(written), Buffer.from(seal(key, what))];
  return left.length === right.length && timingSafeEqual(left, right);
}
