import type { InventoryRepository } from '../../repositories/inventory/inventory-repository.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { InventoryService } from './inventory-service.ts';
import { findManagers } from './managers.ts';

/** Which computers that report of themselves are guests of other providers. Answers from the database; stores nothing. */
export class ManagerService {
  readonly #inventory: Pick<InventoryRepository, 'hasReports'>;
  readonly #guests: Pick<InventoryService, 'listGuests'>;

  constructor(deps: {
    inventory: Pick<InventoryRepository, 'hasReports'>;
    guests: Pick<InventoryService, 'listGuests'>;
  }) {
    this.#inventory = deps.inventory;
    this.#guests = deps.guests;
  }

  /**
   * Guests of the present with {@link GuestRow.managedBy} and {@link GuestRow.manages}. Where no provider has such computers, that takes
   * one statement; otherwise all guests are read, since one is linked only if no other could be meant.
   */
  async withManagers(rows: readonly GuestRow[]): Promise<readonly GuestRow[]> {
    if (rows.length === 0 || !(await this.#inventory.hasReports())) return rows;
    const managers = findManagers(await this.#guests.listGuests());
    return rows.map((row) => ({ ...row, ...managers.get(row.id) }));
  }
}
