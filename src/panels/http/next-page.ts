import { AppError } from '../../types/errors.ts';
import type { HttpPaging } from '../../types/panel.ts';

export interface HttpPage {
  url: URL;
  /** From 0. */
  index: number;
}

/** What the answer before said of the pages. */
export interface PageBefore {
  page: HttpPage;
  /** What the expression of the paging gives. */
  told: unknown;
  /** Of its rows. */
  count: number;
  /** Rows of all pages so far, and how many there are in all; null: not told. */
  read: number;
  total: number | null;
}

/** The page to ask for; null: there is no other. Throws AppError('malformed') for one on another server. */
export function nextPage(paging: HttpPaging, first: URL, before: PageBefore | null): HttpPage | null {
  const index = before === null ? 0 : before.page.index + 1;
  switch (paging.kind) {
    case 'none':
      return before === null ? { url: first, index } : null;
    case 'pages':
      if (before !== null && isLast(before.told)) return null;
      return { url: withQuery(first, { [paging.param]: paging.first + index }), index };
    case 'next':
      return before === null ? { url: first, index } : nextUrl(before.page, before.told);
    case 'offset': {
      // A page may have fewer rows than were asked for, where the panel has a limit of its own.
      if (before !== null && (before.count === 0 || (before.total !== null && before.read >= before.total)))
        return null;
      const query = { [paging.offsetParam]: before?.read ?? 0, [paging.limitParam]: paging.limit };
      return { url: withQuery(first, query), index };
    }
  }
}

/** An expression that finds nothing says nothing: to go on without end would be wrong, and to stop as well. */
function isLast(told: unknown): boolean {
  if (typeof told === 'boolean') return told;
  throw new AppError('malformed', 'an answer does not tell whether it is the last page', {
    hint: 'check --page-until against an answer: it has to be true or false',
  });
}

/** `told`: the address of the next page as the one before gives it. Throws AppError('malformed') for one on another server. */
export function nextUrl(page: HttpPage, told: unknown): HttpPage | null {
  if (told === undefined || told === null || told === '' || told === false) return null;
  const text = typeof told === 'string' ? told : '';
  const url = text !== '' && URL.canParse(text, page.url.href) ? new URL(text, page.url) : null;
  if (url === null) throw new AppError('malformed', 'the address of the next page cannot be read');
  if (url.origin === page.url.origin) return { url, index: page.index + 1 };
  throw new AppError('malformed', `the next page is on another server, ${url.origin}: the token is not sent there`, {
    hint: 'give the address that the panel itself uses',
  });
}

function withQuery(first: URL, query: Readonly<Record<string, number>>): URL {
  const url = new URL(first);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url;
}
