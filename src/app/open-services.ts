import type { Connection } from '../repositories/db/connection.ts';
import { HistoryRepository } from '../repositories/history/history-repository.ts';
import { InventoryRepository } from '../repositories/inventory/inventory-repository.ts';
import type { CheckService } from '../services/checks/check-service.ts';
import type { AuditService } from '../services/history/audit-service.ts';
import type { HistoryService } from '../services/history/history-service.ts';
import type { ImportService } from '../services/imports/import-service.ts';
import { InventoryService } from '../services/inventory/inventory-service.ts';

/** What is there. Asks no network, as everything here. */
export function openInventory(connection: Connection): InventoryService {
  return new InventoryService({
    inventory: new InventoryRepository(connection),
    history: new HistoryRepository(connection),
  });
}

/** What notifications read. */
export function openRecords(connection: Connection): Records {
  return {
    history: new HistoryRepository(connection),
    inventory: new InventoryRepository(connection),
    guests: openInventory(connection),
  };
}

export interface Records {
  history: HistoryRepository;
  inventory: InventoryRepository;
  guests: InventoryService;
}

/** What changed. */
export async function openHistory(connection: Connection): Promise<HistoryService> {
  const { HistoryService: Service } = await import('../services/history/history-service.ts');
  return new Service({
    inventory: new InventoryRepository(connection),
    history: new HistoryRepository(connection),
    guests: openInventory(connection),
  });
}

/** Whether the record is whole, and what of it is kept. */
export async function openAudit(connection: Connection): Promise<AuditService> {
  const { AuditService: Service } = await import('../services/history/audit-service.ts');
  const { AuditRepository } = await import('../repositories/maintenance/audit-repository.ts');
  const { PruneRepository } = await import('../repositories/maintenance/prune-repository.ts');
  return new Service({
    audit: new AuditRepository(connection),
    prune: new PruneRepository(connection),
  });
}

/** What people connect to. */
export async function openImports(connection: Connection): Promise<ImportService> {
  const { ImportService: Service } = await import('../services/imports/import-service.ts');
  const { ImportMarkRepository } = await import('../repositories/inventory/import-mark-repository.ts');
  return new Service({ marks: new ImportMarkRepository(connection), inventory: new InventoryRepository(connection) });
}

/** Whether what is there is as it should be. */
export async function openChecks(connection: Connection): Promise<CheckService> {
  const { CheckService: Service } = await import('../services/checks/check-service.ts');
  return new Service({
    inventory: openInventory(connection),
    coverage: new InventoryRepository(connection),
    history: await openHistory(connection),
  });
}
