import { AppError } from '../../types/errors.ts';
import type { Page } from './answers.ts';

const MOST_PAGES = 2_000;

interface PageLimit {
  most: number;
  /** What there are too many of, in a sentence before "than are read". */
  what: string;
}

/**
 * Reads a list until no page has a token: a short page is no sign of its end. A token that comes again would never end. Throws
 * AppError, also where one page of several cannot be read: what was read before is no list.
 */
export async function readPages<T>(
  readPage: (token: string | null) => Promise<Page<T>>,
  { most, what }: PageLimit = { most: MOST_PAGES, what: 'more rows' },
): Promise<readonly T[]> {
  const rows: T[] = [];
  const tokens = new Set<string>();
  for (let token: string | null = null; ; ) {
    const page: Page<T> = await readPage(token);
    for (const row of page.rows) rows.push(row);
    token = page.nextToken;
    if (token === null) return rows;
    if (tokens.has(token)) {
      throw new AppError('malformed', 'the list does not end: a page token came again', {
        hint: 'Check for a proxy in between that keeps answers',
      });
    }
    tokens.add(token);
    if (tokens.size >= most) throw new AppError('limit', `there are ${what} than are read: more than ${most} pages`);
  }
}
