const SEGMENT = /^[\w.~%-]+$/;
const API_PATHS: readonly string[] = ['api2/json', 'api2/extjs', 'api2'];

/**
 * `/pve` of `/pve/` and `/pve/api2/json`: where a reverse proxy has the API, in front of /api2/json. Empty at the top; null for
 * what is no path. By hand: a pattern for slashes would read on from each of many.
 */
export function apiPrefix(path: string): string | null {
  const segments = path.split('/').filter((segment) => segment !== '');
  if (!segments.every((segment) => SEGMENT.test(segment) && segment !== '.' && segment !== '..')) return null;
  const whole = segments.join('/');
  const api = API_PATHS.find((end) => whole === end || whole.endsWith(`/${end}`));
  const prefix = api === undefined ? whole : whole.slice(0, -api.length).replace(/\/$/, '');
  return prefix === '' ? '' : `/${prefix}`;
}
