import type { HistoryRepository } from '../../repositories/history-repository.ts';
import type { Document, Patch } from '../../types/document.ts';
import type { Change } from '../../types/history.ts';
import type {
  ChangeQuery,
  DocumentQuery,
  GuestDiff,
  GuestHistory,
  PruneOptions,
  PruneReport,
  VerifyReport,
} from '../../types/history-query.ts';
import type { GuestLookup } from '../../types/inventory.ts';
import type { InventoryService } from '../inventory/inventory-service.ts';

/** The recorded past: what changed, when, by whom, and whether the record is whole. */
export class HistoryService {
  readonly #history: HistoryRepository;
  readonly #inventory: InventoryService;

  constructor(deps: { history: HistoryRepository; inventory: InventoryService }) {
    this.#history = deps.history;
    this.#inventory = deps.inventory;
  }

  /** Newest last, unless `reverse`. */
  async listChanges(_query: ChangeQuery = {}): Promise<Change[]> {
    throw new Error('not there yet');
  }

  /** null while it did not exist. AppError('not-found') for a time whose details retention has dropped. */
  async documentAt(_query: DocumentQuery): Promise<Document | null> {
    throw new Error('not there yet');
  }

  async showGuest(_ref: string, _options: GuestLookup & { changes?: number } = {}): Promise<GuestHistory> {
    throw new Error('not there yet');
  }

  /** What differs in one guest between two times. Before its creation and after its removal it has no fields. */
  async diffGuest(_ref: string, _times: GuestLookup & { from: Date; to: Date }): Promise<GuestDiff> {
    throw new Error('not there yet');
  }

  async verify(): Promise<VerifyReport> {
    throw new Error('not there yet');
  }

  async prune(_options: PruneOptions): Promise<PruneReport> {
    throw new Error('not there yet');
  }
}

export function diffDocuments(_a: Document, _b: Document): Patch {
  throw new Error('not there yet');
}
