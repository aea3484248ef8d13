import type { ScopeReport } from './observation.ts';

/** What is read for each node by itself; the other scopes are of the whole cluster. */
type PlacedRealm = 'guests' | 'config' | 'tasks';

/** The name of a scope of one node, as it is stored: `config/pve2`. */
export function placedScope(realm: PlacedRealm, place: string): string {
  return `${realm}/${place}`;
}

/** The node that a scope is of; null: the whole cluster. */
export function placeOf(scope: string): string | null {
  const slash = scope.indexOf('/');
  return slash < 0 ? null : scope.slice(slash + 1);
}

/** The nodes among scopes of one realm. */
export function placesOf(scopes: Iterable<string>, realm: PlacedRealm): string[] {
  const start = `${realm}/`;
  return Array.from(scopes).flatMap((scope) => (scope.startsWith(start) ? scope.slice(start.length) : []));
}

/** Whether the guests of the whole cluster were listed, as far as the rights reach. */
export function wereGuestsListed({ scopes }: { scopes: readonly ScopeReport[] }): boolean {
  const coverage = findScope(scopes, 'guests')?.coverage;
  return coverage === 'complete' || coverage === 'filtered';
}

export function findScope(scopes: readonly ScopeReport[], scope: string): ScopeReport | undefined {
  return scopes.find((one) => one.scope === scope);
}
