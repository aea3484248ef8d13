import type { ImportMarkRepository, Successor } from '../../repositories/inventory/import-mark-repository.ts';
import type { InventoryRepository } from '../../repositories/inventory/inventory-repository.ts';
import type { ImportMark } from '../../types/import-mark.ts';
import type { GuestRow } from '../../types/inventory.ts';
import { currentIncarnation } from './current-incarnation.ts';

/** A guest that people said they connect to. */
export interface ImportedGuest {
  mark: ImportMark;
  /** Its current incarnation; of one that is gone the last. */
  guest: GuestRow;
  /** A run has seen that it is gone: it is not only out of sight, and its provider was not only removed. */
  isGone: boolean;
}

/** Which guests are imported, and where those are now. */
export class ImportService {
  readonly #marks: ImportMarkRepository;
  readonly #inventory: InventoryRepository;

  constructor(deps: { marks: ImportMarkRepository; inventory: InventoryRepository }) {
    this.#marks = deps.marks;
    this.#inventory = deps.inventory;
  }

  /** By the name of the entry. */
  async list(): Promise<ImportedGuest[]> {
    const marks = await this.#marks.list();
    if (marks.length === 0) return [];
    const isAnyGone = marks.some(({ presence }) => presence === 'gone');
    const successors = byPrevious(isAnyGone ? await this.#marks.listSuccessors() : []);
    const own = new Set(marks.map(({ mark }) => mark.guestId));
    const found = marks.map(({ mark, presence }) => ({
      mark,
      current: currentIncarnation({ id: mark.guestId, presence }, successors, own),
    }));
    const rows = await this.#inventory.listGuests({ ids: found.map(({ current }) => current.id) });
    const guests = new Map(rows.map((guest) => [guest.id, guest]));
    return found.flatMap(({ mark, current }) => {
      const guest = guests.get(current.id);
      return guest === undefined ? [] : [{ mark, guest, isGone: current.presence === 'gone' }];
    });
  }

  /** `dropped`: ids of guests whose marks are removed. */
  async save(
    marks: readonly ImportMark[],
    { dropped = [], at }: { dropped?: readonly string[]; at: Date },
  ): Promise<void> {
    await this.#marks.save(marks, dropped, at);
  }
}

function byPrevious(successors: readonly Successor[]): Map<string, Successor[]> {
  const found = new Map<string, Successor[]>();
  for (const successor of successors) {
    const { previousId } = successor;
    found.set(previousId, [...(found.get(previousId) ?? []), successor]);
  }
  return found;
}
