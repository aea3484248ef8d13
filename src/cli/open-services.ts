import { AuditRepository } from '../repositories/audit-repository.ts';
import type { Connection } from '../repositories/connection.ts';
import { HistoryRepository } from '../repositories/history-repository.ts';
import { InventoryRepository } from '../repositories/inventory-repository.ts';
import { ProviderRepository } from '../repositories/provider-repository.ts';
import { PruneRepository } from '../repositories/prune-repository.ts';
import { HistoryService } from '../services/history/history-service.ts';
import { InventoryService } from '../services/inventory/inventory-service.ts';

export interface Services {
  inventory: InventoryService;
  history: HistoryService;
  providers: ProviderRepository;
}

/** Everything that answers from the database; no network. */
export function openServices(connection: Connection): Services {
  const repositories = {
    inventory: new InventoryRepository(connection),
    history: new HistoryRepository(connection),
  };
  const inventory = new InventoryService(repositories);
  const history = new HistoryService({
    ...repositories,
    guests: inventory,
    audit: new AuditRepository(connection),
    prune: new PruneRepository(connection),
  });
  return { inventory, history, providers: new ProviderRepository(connection) };
}
