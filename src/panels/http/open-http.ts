import type { RestLimits, RestWire } from '../../net/rest-wire.ts';
import { AppError } from '../../types/errors.ts';
import type { PanelSettings, PanelSource, ReadPanelOptions } from '../../types/panel.ts';
import { openPanelWire, type PanelTrust, panelUrl } from '../panel-wire.ts';
import { type ListPass, readWhole } from '../read-whole.ts';
import type { MappedRow } from '../to-record.ts';
import { type Evaluate, isWholeList, toExpression, toFieldsOf, toRowsOf } from './expressions.ts';
import { type HttpPage, nextPage } from './next-page.ts';

type HttpSettings = Extract<PanelSettings, { type: 'http' }>;

export interface HttpPanelParts {
  settings: HttpSettings;
  /** Of the header. */
  secret: string | undefined;
  trust: PanelTrust;
  limits?: RestLimits;
}

const TITLE = 'the panel';
const MOST_PAGES = 2_000;
const MOST_ROWS = 200_000;

interface Expressions {
  rowsOf: (answer: unknown) => Promise<readonly unknown[] | null>;
  fieldsOf: (row: unknown) => Promise<MappedRow>;
  totalOf: Evaluate | null;
  /** What says where the next page is, or whether there is one. */
  pagingOf: Evaluate | null;
}

/** Throws AppError('configuration') for an address or an expression that is none. */
export async function openHttpPanel({ settings, secret, trust, limits }: HttpPanelParts): Promise<PanelSource> {
  const url = panelUrl(settings.url, TITLE);
  const wire = openPanelWire({
    endpoint: url.origin,
    title: TITLE,
    trust,
    right: 'the right to list servers',
    limits,
    headers: async () => headersOf(settings.header?.name, secret),
  });
  const expressions = await compiled(settings);
  return {
    read: (options) => readWhole(() => readOnce({ wire, url, settings, expressions }, options)),
    close: async () => wire.close(),
  };
}

function headersOf(name: string | undefined, secret: string | undefined): Record<string, string> {
  if (name === undefined || secret === undefined) return {};
  const isBare = name.toLowerCase() === 'authorization' && !secret.includes(' ');
  return { [name]: isBare ? `Bearer ${secret}` : secret };
}

async function compiled({ rows, fields, total, paging }: HttpSettings): Promise<Expressions> {
  const pagingText = paging.kind === 'next' ? paging.next : paging.kind === 'pages' ? paging.until : null;
  const pagingOption = paging.kind === 'next' ? '--next' : '--page-until';
  if (paging.kind === 'offset' && !isWholeList(rows)) {
    throw new AppError('configuration', `--offset-param counts rows, of which --rows ${rows} may leave some out`, {
      hint: 'give a path such as data.servers',
    });
  }
  return {
    rowsOf: await toRowsOf(rows),
    fieldsOf: await toFieldsOf(fields),
    totalOf: total === undefined ? null : await toExpression(total, '--total'),
    pagingOf: pagingText === null ? null : await toExpression(pagingText, pagingOption),
  };
}

interface Reading {
  wire: RestWire;
  url: URL;
  settings: HttpSettings;
  expressions: Expressions;
}

async function readOnce(
  { wire, url, settings: { paging }, expressions }: Reading,
  { signal, onProgress }: ReadPanelOptions,
): Promise<ListPass> {
  const { rowsOf, fieldsOf, totalOf, pagingOf } = expressions;
  const rows: MappedRow[] = [];
  const totals = new Set<number>();
  const asked = new Set<string>();
  let before = '';
  let page: HttpPage | null = nextPage(paging, url, null);
  while (page !== null) {
    const path = `${page.url.pathname}${page.url.search}`;
    if (asked.has(path)) throw new AppError('malformed', 'the pages of the list lead in a circle');
    if (asked.size >= MOST_PAGES) throw new AppError('limit', `the list has more than ${MOST_PAGES} pages`);
    asked.add(path);
    const answer = await wire.read(path, { signal });
    const total = totalOf === null ? null : toTotal(await totalOf(answer));
    if (total !== null) totals.add(total);
    const found = await rowsOf(answer);
    // With a total, rows that are missing later make the list doubtful.
    if (found === null && (totalOf === null || (total !== 0 && rows.length === 0))) {
      throw new AppError('malformed', `${asked.size === 1 ? 'the first' : 'a later'} answer has no rows`, {
        hint: 'check --rows against an answer; --total tells a list without rows from one that is not there',
      });
    }
    const text = JSON.stringify(found ?? []);
    if (text === before && text !== '[]') {
      throw new AppError('malformed', 'two pages of the list are the same', {
        hint: 'check the names of the parameters that ask for a page',
      });
    }
    before = text;
    for (const row of found ?? []) rows.push(await fieldsOf(row));
    if (rows.length > MOST_ROWS) throw new AppError('limit', `the list has more than ${MOST_ROWS} servers`);
    onProgress?.('servers', rows.length, total);
    const told = await pagingOf?.(answer);
    page = nextPage(paging, url, { page, told, count: found?.length ?? 0, read: rows.length, total });
  }
  return { rows, totals: totalOf === null ? null : totals };
}

function toTotal(value: unknown): number {
  const total = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof total === 'number' && Number.isSafeInteger(total) && total >= 0) return total;
  throw new AppError('malformed', 'an answer does not tell how many rows there are', {
    hint: 'check --total against an answer',
  });
}
