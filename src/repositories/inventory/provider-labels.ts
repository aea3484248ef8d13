interface NamedProvider {
  id: string;
  name: string;
  removedAt: Date | null;
}

/** The label of each provider in listings: a removed provider is marked if another has its name. */
export function providerLabels(providers: readonly NamedProvider[]): Map<string, string> {
  const bearers = new Map<string, number>();
  for (const { name } of providers) bearers.set(name, (bearers.get(name) ?? 0) + 1);
  return new Map(
    providers.map(({ id, name, removedAt }) => [
      id,
      removedAt !== null && (bearers.get(name) ?? 0) > 1 ? `${name} (removed)` : name,
    ]),
  );
}

/**
 * Keeps the order within a provider. Compares distinct names only, and none if there is one: the first comparison takes 7
 * ms.
 */
export function byProvider<T extends { providerName: string }>(rows: T[]): T[] {
  const names = [...new Set(rows.map(({ providerName }) => providerName))];
  if (names.length < 2) return rows;
  const places = new Map(names.sort((a, b) => a.localeCompare(b)).map((name, place) => [name, place]));
  return rows.sort((a, b) => (places.get(a.providerName) ?? 0) - (places.get(b.providerName) ?? 0));
}
