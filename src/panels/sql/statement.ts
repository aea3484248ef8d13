import { AppError } from '../../types/errors.ts';

export type SqlStatement = { query: string } | { view: string };

const NAME = /^[A-Za-z_][A-Za-z0-9_$]{0,127}$/;

/** One statement that reads. `quote`: the quotation mark of the database. Throws AppError('configuration'). */
export function toStatement(statement: SqlStatement, quote: '"' | '`'): string {
  if ('query' in statement) return withoutEnd(statement.query);
  const names = statement.view.split('.');
  if (names.length > 2 || !names.every((name) => NAME.test(name))) {
    throw new AppError('configuration', `'${statement.view}' cannot be the name of a view`, {
      hint: 'write VIEW or SCHEMA.VIEW, or give a query',
    });
  }
  return `SELECT * FROM ${names.map((name) => `${quote}${name}${quote}`).join('.')}`;
}

/** Without the semicolons that end it. */
function withoutEnd(query: string): string {
  let text = query.trim();
  while (text.endsWith(';')) text = text.slice(0, -1).trimEnd();
  return text;
}

export type SqlRow = Readonly<Record<string, unknown>>;

export interface RowLimits {
  maxRows: number;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Collects rows up to a limit: a list that is longer is refused, and not cut. */
export class RowList {
  readonly rows: SqlRow[] = [];
  readonly #maxRows: number;

  constructor(maxRows: number) {
    this.#maxRows = maxRows;
  }

  /** Throws AppError('limit'). */
  add(row: SqlRow): void {
    if (this.rows.length >= this.#maxRows) {
      throw new AppError('limit', `the database lists more than ${this.#maxRows} servers`, {
        hint: 'give a query that lists fewer, or raise --max-rows',
      });
    }
    this.rows.push(row);
  }
}
