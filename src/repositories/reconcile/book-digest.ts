import type { BilledServer, Transaction } from '../../types/billing.ts';
import { isShape, isTexts } from '../db/stored-shape.ts';
import { canonicalJson, sha256 } from '../history/hash-chain.ts';

/** The detail of a revision of kind `billing`: a digest of each row that it added, in the order of `seq`. */
export interface BillingDetail {
  servers: readonly string[];
  transactions: readonly string[];
}

export const isBillingDetail = isShape<BillingDetail>({ servers: isTexts, transactions: isTexts });

/** Of every column of a row. */
export function rowDigest(table: keyof BillingDetail, row: BilledServer | Transaction): string {
  return sha256(canonicalJson([table, { ...row, at: row.at.toISOString() }]));
}
