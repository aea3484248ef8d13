export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** `?a=1&b=x`, or nothing. Booleans are 0 and 1, of a list each value comes by itself, what is undefined is left out. */
export function toQuery(query: Query = {}): string {
  const parts = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one) =>
      one === undefined ? [] : `${name}=${encodeURIComponent(typeof one === 'boolean' ? Number(one) : one)}`,
    ),
  );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}
