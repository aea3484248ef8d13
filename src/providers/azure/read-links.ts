import { AppError } from '../../types/errors.ts';

export interface LinkedPage<T> {
  value: readonly T[];
  nextLink?: string | null | undefined;
}

export interface LinkedList {
  /** In errors: `GET /subscriptions`. */
  what: string;
  /** Of the server. */
  origin: string;
  maxRows?: number;
}

const MOST_PAGES = 2_000;

/**
 * Reads a list to its end. A link leads to the same server only, for the token goes there; one that comes again would never end. Throws
 * AppError, whatever page fails: a list is whole or it is none.
 */
export async function readLinks<T>(
  first: string,
  readPage: (path: string) => Promise<LinkedPage<T>>,
  { what, origin, maxRows = Number.POSITIVE_INFINITY }: LinkedList,
): Promise<readonly T[]> {
  const rows: T[] = [];
  const seen = new Set([first]);
  for (let path = first; ; ) {
    const { value, nextLink } = await readPage(path);
    rows.push(...value);
    if (nextLink === null || nextLink === undefined || nextLink === '') return rows;
    if (rows.length > maxRows) throw new AppError('limit', `${what}: the list has more than ${maxRows} rows`);
    path = pathOf(nextLink, { what, origin });
    if (seen.has(path)) throw endless(what, 'a link came again');
    if (seen.size >= MOST_PAGES) throw endless(what, `it has more than ${MOST_PAGES} pages`);
    seen.add(path);
  }
}

function pathOf(link: string, { what, origin }: Pick<LinkedList, 'what' | 'origin'>): string {
  const url = URL.canParse(link) ? new URL(link) : null;
  if (url?.origin === origin && url.username === '' && url.password === '') return `${url.pathname}${url.search}`;
  throw new AppError('malformed', `${what}: the list goes on at another server, which is not asked`, {
    hint: 'Check for a proxy in between that changes answers',
  });
}

function endless(what: string, why: string): AppError {
  return new AppError('malformed', `${what}: the list does not end: ${why}`, {
    hint: 'Check for a proxy in between that keeps answers',
  });
}
