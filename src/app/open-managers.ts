import type { Connection } from '../repositories/db/connection.ts';
import { MachineRepository } from '../repositories/inventory/machine-repository.ts';
import type { InventoryService } from '../services/inventory/inventory-service.ts';
import { ManagerService } from '../services/inventory/manager-service.ts';

/** Which guests are computers that report to another provider. */
export function openManagers(connection: Connection, inventory: InventoryService): ManagerService {
  return new ManagerService({ inventory, machines: new MachineRepository(connection), reportingKinds });
}

/** The kinds of providers whose guests are machines that an agent on them reports. */
export async function reportingKinds(): Promise<ReadonlySet<string>> {
  const { MANIFESTS } = await import('./registry.ts');
  return new Set(MANIFESTS.filter(({ isReporting }) => isReporting).map(({ kind }) => kind));
}
