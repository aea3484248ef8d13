export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** `?a=1&b=x`, or nothing. Booleans are 0 and 1, what is undefined is left out. */
export function toQuery(query: Query = {}): string {
  const parts = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${encodeURIComponent(typeof value === 'boolean' ? Number(value) : value)}`,
  );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}
