import type { HistoryRepository } from '../../repositories/history-repository.ts';
import type { InventoryRepository } from '../../repositories/inventory-repository.ts';
import type {
  GuestLookup,
  GuestQuery,
  GuestRow,
  NodeQuery,
  NodeRow,
  ProviderRow,
  ProviderStatus,
  StorageQuery,
  StorageRow,
  TaskQuery,
  TaskRow,
} from '../../types/inventory.ts';

/** Answers from the database. Makes no request and writes nothing. */
export class InventoryService {
  readonly #inventory: InventoryRepository;
  readonly #history: HistoryRepository;

  constructor(deps: { inventory: InventoryRepository; history: HistoryRepository }) {
    this.#inventory = deps.inventory;
    this.#history = deps.history;
  }

  /** Sorted by provider, vmid and age. AppError('not-found') for a time whose details retention has dropped. */
  async listGuests(_query: GuestQuery = {}): Promise<GuestRow[]> {
    throw new Error('not there yet');
  }

  /**
   * REF is `NAME`, `VMID`, `PROVIDER/VMID`, `PROVIDER/NAME`, `qemu/100` or an id. A guest that is not gone is preferred.
   * AppError('not-found') with near names, AppError('ambiguous') with the candidates.
   */
  async findGuest(_ref: string, _lookup: GuestLookup = {}): Promise<GuestRow> {
    throw new Error('not there yet');
  }

  async listNodes(_query: NodeQuery = {}): Promise<NodeRow[]> {
    throw new Error('not there yet');
  }

  async listStorages(_query: StorageQuery = {}): Promise<StorageRow[]> {
    throw new Error('not there yet');
  }

  /** The newest first. */
  async listTasks(_query: TaskQuery = {}): Promise<TaskRow[]> {
    throw new Error('not there yet');
  }

  async listProviders(): Promise<ProviderRow[]> {
    throw new Error('not there yet');
  }

  async syncStatus(): Promise<ProviderStatus[]> {
    throw new Error('not there yet');
  }
}
