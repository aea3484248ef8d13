/** Whether a name is one that a pattern means: `*` and `?` are wildcards, and case does not matter. */
export function matches(pattern: string, name: string): boolean {
  const escaped = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 'i').test(name);
}
