interface NamedProvider {
  id: string;
  name: string;
  removedAt: Date | null;
}

/** What each provider is called in listings: a removed one says so where another has its name. */
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
