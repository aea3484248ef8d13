import type { Filter } from '../../types/inventory.ts';

export interface WildcardOptions {
  ignoreCase?: boolean;
}

/** Tests a text against a filter with `*` and `?`. A filter that is not given lets everything through. */
export function wildcard(filter: Filter | undefined, options: WildcardOptions = {}): (text: string | null) => boolean {
  if (filter === undefined) return () => true;
  const patterns = (typeof filter === 'string' ? [filter] : filter).map((pattern) => toRegExp(pattern, options));
  if (patterns.length === 0) return () => true;
  return (text) => text !== null && patterns.some((pattern) => pattern.test(text));
}

/**
 * Tests a path of a document: `memory`, `net*.bridge`. A path without its last part stands for all under it: `net0` also
 * finds `net0.bridge`.
 */
export function pathWildcard(filter: Filter | undefined): (path: string) => boolean {
  const matches = wildcard(filter);
  return (path) => matches(path) || (path.includes('.') && matches(path.slice(0, path.lastIndexOf('.'))));
}

function toRegExp(pattern: string, { ignoreCase = false }: WildcardOptions): RegExp {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, ignoreCase ? 'isu' : 'su');
}
