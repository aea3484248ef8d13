import type { App } from '../app/app.ts';
import { limitsGuests, seesGuest, seesProvider } from '../services/people/scope.ts';
import type { Principal } from '../types/principal.ts';

/** What limits a query of the history or of records to what a user sees. null: to nothing at all. */
interface ScopeQuery {
  provider?: readonly string[];
  guests?: ReadonlySet<string>;
}

/**
 * A user who sees some guests of a provider only gets what is about these guests, and nothing of nodes and storages. Guests that are
 * gone count as they last were.
 */
export async function scopeQuery(app: App, { scope }: Principal): Promise<ScopeQuery | null> {
  if (scope === null) return {};
  const inventory = await app.inventory();
  if (limitsGuests(scope)) {
    const guests = (await inventory.listGuests({ presence: 'all' })).filter((guest) => seesGuest(scope, guest));
    return guests.length === 0 ? null : { guests: new Set(guests.map(({ id }) => id)) };
  }
  const providers = (await inventory.listProviders()).filter(({ id }) => seesProvider(scope, id));
  return providers.length === 0 ? null : { provider: providers.map(({ name }) => name) };
}
