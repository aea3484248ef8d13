import type { HistoryRepository } from '../../repositories/history/history-repository.ts';
import type { InventoryRepository } from '../../repositories/inventory/inventory-repository.ts';
import type { Document } from '../../types/document.ts';
import { diffDocuments } from '../../types/document-replay.ts';
import type { Change } from '../../types/history.ts';
import type { ChangeQuery, DocumentQuery, FirstSights, GuestDiff, GuestHistory } from '../../types/history-query.ts';
import type { GuestLookup } from '../../types/inventory.ts';
import type { InventoryService } from '../inventory/inventory-service.ts';
import { documentsAt } from '../inventory/past-rows.ts';
import { countChanges, countFirstSights, findChanges } from './change-query.ts';

const LAST_CHANGES = 20;

export interface HistoryDependencies {
  history: HistoryRepository;
  inventory: InventoryRepository;
  guests: Pick<InventoryService, 'findGuest'>;
}

/** The recorded past: what changed, when and by whom. */
export class HistoryService {
  readonly #history: HistoryRepository;
  readonly #inventory: InventoryRepository;
  readonly #guests: Pick<InventoryService, 'findGuest'>;

  constructor(deps: HistoryDependencies) {
    this.#history = deps.history;
    this.#inventory = deps.inventory;
    this.#guests = deps.guests;
  }

  /**
   * Newest last, unless `reverse`. AppError('not-found') for a guest or run that is not known, AppError('usage') for an
   * unknown kind.
   */
  async listChanges(query: ChangeQuery = {}): Promise<Change[]> {
    const newestFirst = await findChanges({ history: this.#history, inventory: this.#inventory }, query);
    return query.reverse ? newestFirst : newestFirst.reverse();
  }

  /** How many changes there are, whatever the limit of the query. */
  async countChanges(query: ChangeQuery): Promise<number> {
    return countChanges({ history: this.#history, inventory: this.#inventory }, query);
  }

  /** What of a query was found by the first run that made this revision. */
  async countFirstSights(query: ChangeQuery, rev: number): Promise<FirstSights> {
    return countFirstSights({ history: this.#history, inventory: this.#inventory }, query, rev);
  }

  /** The last revision; 0 when there is none. */
  async lastRevision(): Promise<number> {
    return this.#history.lastRevision();
  }

  /** When the history begins; null before the first run that recorded something. */
  async begin(): Promise<Date | null> {
    return this.#history.begin();
  }

  /** Every state since then is known exactly; null: retention has dropped nothing. */
  async exactSince(): Promise<Date | null> {
    return this.#history.exactSince();
  }

  /** Who changes are put down to: users, and users with their tokens. */
  async listActors(): Promise<string[]> {
    return this.#history.listActors();
  }

  /** null while it did not exist. AppError('not-found') for a time whose details retention has dropped. */
  async documentAt({ resourceType, id, at }: DocumentQuery): Promise<Document | null> {
    const current = await this.#history.currentState(resourceType, id);
    if (current === null) return null;
    const documents = await documentsAt(this.#history, [current], at);
    return documents.get(id) ?? null;
  }

  /** A guest, now or at a time, and its last changes up to then. */
  async showGuest(ref: string, options: GuestLookup & { changes?: number } = {}): Promise<GuestHistory> {
    const { changes = LAST_CHANGES, at } = options;
    const guest = await this.#guests.findGuest(ref, options);
    const history = await this.listChanges({ guest: guest.id, limit: changes, ...(at && { until: at }) });
    return { guest, document: guest.document, history };
  }

  /** What differs in one guest between two times. Before its creation and after its removal it has no fields. */
  async diffGuest(ref: string, times: GuestLookup & { from: Date; to: Date }): Promise<GuestDiff> {
    const { from, to, kinds, provider } = times;
    const lookup = { includeGone: true, ...(kinds && { kinds }), ...(provider && { provider }) };
    const guest = await this.#guests.findGuest(ref, lookup);
    const before = await this.documentAt({ resourceType: 'guest', id: guest.id, at: from });
    const after = await this.documentAt({ resourceType: 'guest', id: guest.id, at: to });
    return { guest, from, to, patch: diffDocuments(before ?? {}, after ?? {}) };
  }
}
