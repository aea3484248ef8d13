import type { InventoryRepository } from '../../repositories/inventory/inventory-repository.ts';
import type { GuestRow } from '../../types/inventory.ts';
import { findManagers } from './managers.ts';

type Inventory = Pick<InventoryRepository, 'listProviders' | 'listMachines'>;

/** Which computers that report of themselves are guests of other providers. Answers from the database; stores nothing. */
export class ManagerService {
  readonly #inventory: Inventory;
  readonly #reportingKinds: () => Promise<ReadonlySet<string>>;

  /** `reportingKinds`: the kinds of providers whose guests are machines that an agent on them reports. */
  constructor(deps: { inventory: Inventory; reportingKinds: () => Promise<ReadonlySet<string>> }) {
    this.#inventory = deps.inventory;
    this.#reportingKinds = deps.reportingKinds;
  }

  /**
   * Guests with {@link GuestRow.managedBy} and {@link GuestRow.manages}. Guests as of a past time (`at`) stay as they are: links are
   * known of the present only. Where no provider has such computers, that takes one statement; otherwise what identifies all guests is
   * read, since one is linked only if no other could be meant.
   */
  async withManagers(rows: readonly GuestRow[], { at }: { at?: Date } = {}): Promise<readonly GuestRow[]> {
    if (at !== undefined || rows.length === 0) return rows;
    const watched = (await this.#inventory.listProviders()).filter(({ removedAt }) => removedAt === null);
    if (new Set(watched.map(({ type }) => type)).size < 2) return rows;
    const kinds = await this.#reportingKinds();
    const providers = watched.map(({ id, name, type }) => ({ id, name, isReporting: kinds.has(type) }));
    if (!providers.some(({ isReporting }) => isReporting)) return rows;
    const managers = findManagers(await this.#inventory.listMachines(providers.map(({ id }) => id)), providers);
    return rows.map((row) => ({ ...row, ...managers.get(row.id) }));
  }
}
