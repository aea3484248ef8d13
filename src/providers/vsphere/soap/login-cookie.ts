import type { WireAnswer } from '../../../net/wire.ts';

const NAME = 'vmware_soap_session=';

/** `vmware_soap_session="52d8…"` of the answer to a login; null when it sets none. */
export function loginCookie(headers: WireAnswer['headers']): string | null {
  const header = headers['set-cookie'] ?? [];
  const cookies = typeof header === 'string' ? [header] : header;
  const cookie = cookies
    .find((text) => text.startsWith(NAME))
    ?.split(';')[0]
    ?.trim();
  return cookie === undefined || cookie.length === NAME.length ? null : cookie;
}

/** The session's key, without quotes: whoever has it has the session. */
export function sessionKeyOf(cookie: string): string {
  return cookie.slice(NAME.length).replaceAll('"', '');
}
