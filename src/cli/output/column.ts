import { nearest } from '../../text/near-names.ts';
import { AppError } from '../../types/errors.ts';
import { compileWildcard } from '../../types/wildcard.ts';

/** A value as machines read it. */
export type Raw = string | number | boolean | null | undefined | Date | readonly string[];

export interface Look {
  now: Date;
  isWide: boolean;
}

/** One column of a listing. `key` is its name in CSV and for `--columns` and `--sort`. */
export interface Column<Row> {
  key: string;
  /** Header in a table, when it is not the key in capitals. */
  header?: string;
  raw(row: Row): Raw;
  /** Readable form; without one the raw value. */
  text?(row: Row, look: Look): string;
  /** Shown in `wide` and CSV only, in a table too when a function says so of its rows, or only when it is named. */
  detail?: 'wide' | 'named' | ((rows: readonly Row[]) => boolean);
  align?: 'right';
  /** Never wrapped, as times are not. */
  isSolid?: true;
  /** A path of a document; there are hundreds, and no hint lists them. */
  isPath?: true;
  /** Not shown in a stream of rows, where nobody knows whether some row will need it. */
  isRare?: true;
  /** Left out where a table is wider than the terminal, the highest first; without one the column always stays. */
  spare?: number;
  tone?(row: Row): Tone;
}

/** What `--columns` and `--sort` take. */
export function keysOf<Row>(columns: readonly Column<Row>[]): string[] {
  return columns.map(({ key }) => key);
}

/** What a colour underlines; it never says anything that the words do not. */
export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'plain';

export interface SortKey {
  key: string;
  isDescending: boolean;
}

/** The columns of a table: all in `wide`. */
export function tableColumns<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  isWide: boolean,
): Column<Row>[] {
  return columns.filter(({ detail }) => {
    if (detail === undefined) return true;
    if (typeof detail === 'string') return isWide && detail === 'wide';
    return isWide || detail(rows);
  });
}

/** Columns by the names that a user wrote. Throws AppError('usage') for one that is not there. */
export function selectColumns<Row>(columns: readonly Column<Row>[], names: readonly string[]): Column<Row>[] {
  return names.flatMap((name) => findColumns(columns, name));
}

/** Equal rows keep their order; what is not there comes last either way. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  keys: readonly SortKey[],
): readonly Row[] {
  if (keys.length === 0) return rows;
  const orders = keys.map(({ key, isDescending }) => ({
    column: findColumn(columns, key),
    sign: isDescending ? -1 : 1,
  }));
  return rows.toSorted((a, b) => {
    for (const { column, sign } of orders) {
      const order = compareRaw(column.raw(a), column.raw(b), sign);
      if (order !== 0) return order;
    }
    return 0;
  });
}

/** A column, all of a pattern (`net*.bridge`), or all below a path (`net0`). */
function findColumns<Row>(columns: readonly Column<Row>[], name: string): Column<Row>[] {
  if (hasColumn(columns, name)) return [findColumn(columns, name)];
  const isWanted = /[*?]/.test(name) ? compileWildcard(name) : null;
  const below = `${name.toLowerCase()}.`;
  const found = columns.filter(({ key }) => isWanted?.(key) ?? key.toLowerCase().startsWith(below));
  return found.length > 0 ? found : [findColumn(columns, name)];
}

export function hasColumn<Row>(columns: readonly Column<Row>[], name: string): boolean {
  return columns.some((column) => isCalled(column, name));
}

function isCalled({ key, header }: Pick<Column<never>, 'key' | 'header'>, name: string): boolean {
  const wanted = simplify(name);
  return simplify(key) === wanted || simplify(header ?? '') === wanted;
}

function findColumn<Row>(columns: readonly Column<Row>[], name: string): Column<Row> {
  const found = columns.find((column) => isCalled(column, name));
  if (found) return found;
  const keys = columns.flatMap(({ key, isPath }) => (isPath ? [] : [key]));
  const near = nearest(
    name,
    columns.map(({ key }) => key),
  );
  throw new AppError('usage', `there is no column '${name}'`, {
    hint: near === undefined ? `columns: ${keys.join(', ')}` : `did you mean ${near}? columns: ${keys.join(', ')}`,
  });
}

/** `lastSeenAt`, `last-seen-at` and `LAST SEEN AT` are one name. */
function simplify(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9%]/g, '');
}

function compareRaw(a: Raw, b: Raw, sign: number): number {
  const isNone = [a, b].map((value) => value === null || value === undefined || value === '');
  if (isNone[0] || isNone[1]) return Number(isNone[0] ?? false) - Number(isNone[1] ?? false);
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
  if (a instanceof Date && b instanceof Date) return sign * (a.getTime() - b.getTime());
  return sign * rawText(a).localeCompare(rawText(b), 'en', { numeric: true });
}

/** The raw value as text: ISO times, lists with commas, nothing for what is not there. */
export function rawText(value: Raw): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? value.join(',') : String(value);
}
