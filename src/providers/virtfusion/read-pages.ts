import { AppError } from '../../types/errors.ts';

export interface Page<T> {
  data: readonly T[];
  current_page: number;
  last_page: number;
  total: number;
}

/** A list that changes while it is read is read again, so often. */
const MOST_READINGS = 3;
const MOST_PAGES = 2_000;

export interface Listing<T> {
  rows: readonly T[];
  /** Why rows may be missing; null: all of them are there. */
  doubt: string | null;
}

/**
 * Reads a list page by page. It is whole only if every page tells the same total, and so many different ids were read: a row that
 * moves from one page to another meanwhile is not taken for one that is gone. Throws AppError.
 */
export async function readPages<T extends { id: number }>(
  readPage: (page: number) => Promise<Page<T>>,
): Promise<Listing<T>> {
  for (let reading = 1; ; reading++) {
    const { rows, totals } = await readOnce(readPage);
    const byId = new Map(rows.map((row) => [row.id, row]));
    const [total = 0] = totals;
    if (totals.size === 1 && byId.size === total) return { rows: [...byId.values()], doubt: null };
    if (reading < MOST_READINGS) continue;
    const doubt =
      totals.size > 1
        ? 'the list changed while it was read'
        : `the list has ${byId.size} of the ${total} that it tells of`;
    return { rows: [...byId.values()], doubt };
  }
}

async function readOnce<T>(
  readPage: (page: number) => Promise<Page<T>>,
): Promise<{ rows: T[]; totals: ReadonlySet<number> }> {
  const rows: T[] = [];
  const totals = new Set<number>();
  for (let page = 1; ; page++) {
    const { data, current_page: current, last_page: last, total } = await readPage(page);
    if (current !== page) {
      throw new AppError('malformed', `page ${page} was asked for, and page ${current} was answered`, {
        hint: 'Check for a proxy in between that keeps answers',
      });
    }
    rows.push(...data);
    totals.add(total);
    if (page >= last) return { rows, totals };
    if (page >= MOST_PAGES) throw new AppError('limit', `the list has more than ${MOST_PAGES} pages`);
  }
}
