/** Whether a value nests no deeper than so many levels. Looks no deeper itself, so that it fails on none. */
export function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((part) => isShallow(part, levels - 1));
}
