import type { ChangeBody } from './hash-chain.ts';

const HASH_DIGITS = 64;

/**
 * The column `digest` of a thinned change of format 2, in hex. If a base snapshot holds the state after the change, it has
 * the digests of patch and state, so that each can be checked; otherwise the one digest of both.
 */
export function toBody(digest: string): ChangeBody | string {
  if (digest.length <= HASH_DIGITS) return digest;
  return { patch: digest.slice(0, HASH_DIGITS), state: digest.slice(HASH_DIGITS) };
}

export function fromBody({ patch, state }: ChangeBody): string {
  return patch + state;
}
