import type { DatabaseProvider } from '../../types/migration.ts';
import { bulkJson, dateParameter, placeholder, textListSql } from './dialect.ts';

/**
 * The conditions of one statement with their parameters, in the order of their text. Each parameter is used once, because
 * better-sqlite3 counts uses. An undefined value adds no condition.
 */
export class Where {
  readonly values: unknown[] = [];
  readonly #provider: DatabaseProvider;
  readonly #conditions: string[] = [];

  constructor(provider: DatabaseProvider) {
    this.#provider = provider;
  }

  /** `operator`: `=`, `<>`, `>=`, … */
  is(column: string, operator: string, value: string | number | Date | undefined): this {
    if (value !== undefined) this.#conditions.push(`${column} ${operator} ${this.parameter(value)}`);
    return this;
  }

  among(column: string, texts: readonly string[] | undefined): this {
    if (texts === undefined) return this;
    const list = textListSql(this.#provider, this.values.push(bulkJson(texts)));
    this.#conditions.push(`${column} IN (${list})`);
    return this;
  }

  /** A condition as it is written, with the parameters that {@link parameter} gave. */
  also(condition: string): this {
    this.#conditions.push(condition);
    return this;
  }

  /** A placeholder after the existing parameters. */
  parameter(value: string | number | Date): string {
    const stored = value instanceof Date ? dateParameter(this.#provider, value) : value;
    return placeholder(this.#provider, this.values.push(stored));
  }

  /** `WHERE …`, or nothing. */
  get sql(): string {
    return this.#conditions.length === 0 ? '' : `WHERE ${this.#conditions.join(' AND ')}`;
  }
}

/** `g."id", g."name"`. */
export function selected(columns: readonly string[], alias: string): string {
  return columns.map((column) => `${alias}."${column}"`).join(', ');
}
