/** A revision with its hash, as `verify` printed it once: kept elsewhere, it proves everything before it. */
export interface KeptHead {
  rev: number;
  hash: string;
}

/** Before the first revision, the hash is the epoch, which is half as long. */
const HEAD = /\b(\d{1,10}):([0-9a-f]{64}|[0-9a-f]{32})\b/g;

export function toHead({ rev, hash }: KeptHead): string {
  return `${rev}:${hash}`;
}

/** Every head in a text: in what `verify` printed in any format, in a mail, in a log. */
export function findHeads(text: string): KeptHead[] {
  return [...text.matchAll(HEAD)].map(([, rev, hash = '']) => ({ rev: Number(rev), hash }));
}
