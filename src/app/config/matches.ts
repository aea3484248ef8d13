import { compileWildcard } from '../../types/wildcard.ts';

/** Whether a name matches a pattern with the wildcards `*` and `?`; case does not matter. */
export function matches(pattern: string, name: string): boolean {
  return compileWildcard(pattern, { ignoreCase: true })(name);
}
