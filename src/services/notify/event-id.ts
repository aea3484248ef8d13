import { createHash } from 'node:crypto';

/** 32 hex digits that follow from what happened alone, so that a repetition has the same. */
export function eventId(epoch: string, ...parts: readonly (string | number)[]): string {
  return createHash('sha256')
    .update(JSON.stringify([epoch, ...parts]))
    .digest('hex')
    .slice(0, 32);
}
