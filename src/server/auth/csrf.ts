import { createHmac, timingSafeEqual } from 'node:crypto';

export const CSRF_HEADER = 'x-rollcall-csrf';

/** What only a page of this server can know of a session: a foreign page sends the cookie and cannot read answers. */
export function csrfOf(sessionSecret: string): string {
  return createHmac('sha256', sessionSecret).update('rollcall csrf').digest('base64url');
}

export function isCsrf(given: unknown, sessionSecret: string): boolean {
  if (typeof given !== 'string') return false;
  const [one, other] = [Buffer.from(given), Buffer.from(csrfOf(sessionSecret))];
  return one.length === other.length && timingSafeEqual(one, other);
}
