import type { MachineRepository } from '../../repositories/inventory/machine-repository.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { InventoryService } from './inventory-service.ts';
import { findManagers } from './managers.ts';

interface ManagerDeps {
  inventory: Pick<InventoryService, 'listProviders'>;
  machines: Pick<MachineRepository, 'list'>;
  /** The kinds of providers whose guests are machines that an agent on them reports. */
  reportingKinds: () => Promise<ReadonlySet<string>>;
}

/** Which computers that report of themselves are guests of other providers. Answers from the database; stores nothing. */
export class ManagerService {
  readonly #deps: ManagerDeps;

  constructor(deps: ManagerDeps) {
    this.#deps = deps;
  }

  /**
   * Guests with {@link GuestRow.managedBy} and {@link GuestRow.manages}. Guests as of a past time (`at`) stay as they are: links are
   * known of the present only. Where no provider has such computers, that takes one statement; otherwise what identifies all guests is
   * read, since one is linked only if no other could be meant.
   */
  async withManagers(rows: readonly GuestRow[], { at }: { at?: Date } = {}): Promise<readonly GuestRow[]> {
    if (at !== undefined || rows.length === 0) return rows;
    const { inventory, machines, reportingKinds } = this.#deps;
    const watched = await inventory.listProviders();
    if (new Set(watched.map(({ type }) => type)).size < 2) return rows;
    const kinds = await reportingKinds();
    const providers = watched.map(({ id, name, type }) => ({ id, name, isReporting: kinds.has(type) }));
    if (!providers.some(({ isReporting }) => isReporting)) return rows;
    const managers = findManagers(await machines.list(providers.map(({ id }) => id)), providers);
    return rows.map((row) => ({ ...row, ...managers.get(row.id) }));
  }
}
