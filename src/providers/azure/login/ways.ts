/** All ways to log in; a tenant may be named by one of its domains. Linear. */
export const LOGIN_PATTERN =
  /^(?:(?:secret|certificate):[0-9A-Za-z][0-9A-Za-z.-]{2,252}\/[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|managed-identity(?::[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?|cli)$/;
/** Those whose secret Azure's own machines and programs keep. */
export const WITHOUT_SECRET = /^(?:managed-identity(?::|$)|cli$)/;

export type LoginWay =
  | { way: 'secret' | 'certificate'; tenant: string; client: string }
  /** `client` null: the identity of the machine itself. */
  | { way: 'managed-identity'; client: string | null }
  | { way: 'cli' };

/** null: it is no way to log in. */
export function parseLogin(text: string): LoginWay | null {
  if (!LOGIN_PATTERN.test(text)) return null;
  const [way = '', id = ''] = text.split(':');
  if (way === 'cli') return { way };
  if (way === 'managed-identity') return { way, client: id === '' ? null : id.toLowerCase() };
  const [tenant = '', client = ''] = id.split('/');
  if (way !== 'secret' && way !== 'certificate') return null;
  return { way, tenant: tenant.toLowerCase(), client: client.toLowerCase() };
}
