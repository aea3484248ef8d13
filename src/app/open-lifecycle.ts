import type { Connection } from '../repositories/db/connection.ts';
import { ExpiryRepository } from '../repositories/inventory/expiry-repository.ts';
import { LifecycleService } from '../services/lifecycle/lifecycle-service.ts';
import { manifestOf } from './registry.ts';

/** What is not supported any more, or soon will not be. */
export async function openLifecycle(connection: Connection): Promise<LifecycleService> {
  const { openInventory } = await import('./open-services.ts');
  return new LifecycleService({
    inventory: openInventory(connection),
    expiries: new ExpiryRepository(connection),
    renewalOf: (type) => manifestOf({ type }).server,
  });
}
