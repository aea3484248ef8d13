import type { DatabaseProvider } from '../../types/migration.ts';
import { dateParameter, placeholder, storableJson, storableText } from '../db/dialect.ts';

type Cell = string | number | Date | null | { json: unknown };

/** The values of one statement, and their placeholders in the order of its text. */
export class Cells {
  readonly values: unknown[] = [];
  readonly #provider: DatabaseProvider;

  constructor(provider: DatabaseProvider) {
    this.#provider = provider;
  }

  /** A placeholder after the existing ones. */
  add(cell: Cell): string {
    const mark = placeholder(this.#provider, this.values.push(this.#stored(cell)));
    const isJson = typeof cell === 'object' && cell !== null && 'json' in cell;
    return isJson && this.#provider === 'postgresql' ? `${mark}::json` : mark;
  }

  /** `"name" = $1, "role" = $2`. */
  assign(cells: Readonly<Record<string, Cell>>): string {
    return Object.entries(cells)
      .map(([column, cell]) => `"${column}" = ${this.add(cell)}`)
      .join(', ');
  }

  /** `WHERE a."name" = $1 AND …`, or nothing. An undefined value adds no condition. */
  where(cells: Readonly<Record<string, string | undefined>>, alias: string): string {
    const conditions = Object.entries(cells).flatMap(([column, cell]) =>
      cell === undefined ? [] : [`${alias}."${column}" = ${this.add(cell)}`],
    );
    return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  }

  #stored(cell: Cell): unknown {
    if (typeof cell === 'string') return storableText(cell);
    if (typeof cell === 'number' || cell === null) return cell;
    if (cell instanceof Date) return dateParameter(this.#provider, cell);
    return cell.json === null || cell.json === undefined ? null : storableJson(cell.json);
  }
}

/** `INSERT INTO "users" ("id", "name") VALUES ($1, $2)`, with its values in `cells`. */
export function insertSql(table: string, row: Readonly<Record<string, Cell>>, cells: Cells): string {
  const columns = Object.keys(row).map((column) => `"${column}"`);
  const marks = Object.values(row).map((cell) => cells.add(cell));
  return `INSERT INTO "${table}" (${columns.join(', ')}) VALUES (${marks.join(', ')})`;
}

/** `u."id", u."name"`. By hand: with another user of where.ts every list would load one more file of the program. */
export function columnsOf(columns: readonly string[], alias: string): string {
  return columns.map((column) => `${alias}."${column}"`).join(', ');
}
