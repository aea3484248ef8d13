/**
 * Whether a page of this server sent a request. Its origin is the host that the request names, whatever the scheme: a proxy may speak
 * HTTPS for this server. Behind a proxy that names another host it is one of `hosts`, on the usual port.
 */
export function isAllowedOrigin(origin: string, host: string, hosts: ReadonlySet<string>): boolean {
  const from = authorityOf(origin);
  if (from === null) return false;
  return from === authorityOf(`http://${host}`) || hosts.has(from);
}

/** `rollcall.example.com`, `127.0.0.1:8440`: without the usual ports. null for `null`, and for what is no origin. */
function authorityOf(origin: string): string | null {
  if (!/^https?:\/\/[^\s/?#@\\]+$/i.test(origin) || !URL.canParse(origin)) return null;
  const { hostname, port } = new URL(origin);
  const isUsual = port === '' || port === '80' || port === '443';
  return isUsual ? hostname : `${hostname}:${port}`;
}
