/** A property string cannot be split: it is kept as one text. */
const NOT_SPLIT = null;

const SIZE = /^(\d+(?:\.\d+)?)([KMGT]?)$/;
const SIZE_FACTORS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/**
 * Splits `local:100/disk.raw,size=1G` into its parts; the part without a name gets `defaultKey`. null when it is no property
 * string after all (a nameless part too many, a name twice, an empty name), so that nothing of it gets lost.
 * Source: pve-common src/PVE/JSONSchema.pm parse_property_string.
 */
export function splitPropertyString(text: string, defaultKey: string | null): ReadonlyMap<string, string> | null {
  const parts = new Map<string, string>();
  for (const part of text.split(',')) {
    if (part.trim() === '') continue;
    const equals = part.indexOf('=');
    const name = equals < 0 ? defaultKey : part.slice(0, equals).trim();
    const value = equals < 0 ? part.trim() : part.slice(equals + 1).trim();
    if (name === null || name === '' || parts.has(name)) return NOT_SPLIT;
    parts.set(name, value);
  }
  return parts.size === 0 ? NOT_SPLIT : parts;
}

/** `32G` in bytes, `1024` too; null when it is no size. Source: pve-common src/PVE/JSONSchema.pm parse_size. */
export function parseSizeBytes(text: string): number | null {
  const match = SIZE.exec(text);
  if (!match) return null;
  const [, digits = '', unit = ''] = match;
  const bytes = Math.trunc(Number(digits) * (SIZE_FACTORS[unit] ?? 1));
  return Number.isSafeInteger(bytes) ? bytes : null;
}
