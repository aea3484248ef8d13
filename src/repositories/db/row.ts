import { AppError } from '../../types/errors.ts';
import { isShallow } from '../../types/nesting.ts';
import type { Guard } from './stored-shape.ts';

/** The positions of a statement's columns, and the name of its rows in errors. */
export interface RowLayout {
  columns: ReadonlyMap<string, number>;
  /** `guest`, `change`, `run`. */
  noun: string;
  /** The columns that identify a row. */
  key: readonly string[];
}

/**
 * One row of an answer, by column name. Values of both databases have the same type. A value of another type than requested
 * throws AppError `database`, which names the row: SQLite stores any type in any column.
 */
export class Row {
  readonly #layout: RowLayout;
  readonly #cells: readonly unknown[];

  constructor(layout: RowLayout, cells: readonly unknown[]) {
    this.#layout = layout;
    this.#cells = cells;
  }

  /** `guest qifs83hd`. */
  get name(): string {
    const { noun, key } = this.#layout;
    return `${noun} ${key.map((column) => String(this.#cell(column))).join('/')}`;
  }

  text(column: string): string {
    const value = this.#cell(column);
    return typeof value === 'string' ? value : this.damaged(column, 'is no text');
  }

  textOrNull(column: string): string | null {
    return this.#cell(column) === null ? null : this.text(column);
  }

  /** A number, integer or not, of any width: PostgreSQL's drivers return 64-bit values as text. */
  number(column: string): number {
    const value = this.#cell(column);
    if (typeof value === 'number') return value;
    return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : this.damaged(column, 'is no number');
  }

  numberOrNull(column: string): number | null {
    return this.#cell(column) === null ? null : this.number(column);
  }

  /** SQLite stores 0 and 1. */
  boolean(column: string): boolean {
    const value = this.#cell(column);
    if (value === true || value === 1) return true;
    return value === false || value === 0 ? false : this.damaged(column, 'is neither true nor false');
  }

  time(column: string): Date {
    const value = this.#cell(column);
    // Prisma's client returns dates, the drivers text.
    const time = typeof value === 'string' ? new Date(value) : value instanceof Date ? value : undefined;
    return time === undefined || Number.isNaN(time.getTime()) ? this.damaged(column, 'is no time') : time;
  }

  timeOrNull(column: string): Date | null {
    return this.#cell(column) === null ? null : this.time(column);
  }

  /** The value must be one of these words. */
  word<W extends string>(column: string, words: readonly W[]): W {
    const value = this.#cell(column);
    return words.find((word) => word === value) ?? this.damaged(column, `is none of ${words.join(', ')}`);
  }

  wordOrNull<W extends string>(column: string, words: readonly W[]): W | null {
    return this.#cell(column) === null ? null : this.word(column, words);
  }

  /** A JSON column of this shape. */
  json<T>(column: string, isShape: Guard<T>): T {
    const value = this.#parsed(column);
    return isShape(value) ? value : this.damaged(column, 'is not what it should be');
  }

  jsonOrNull<T>(column: string, isShape: Guard<T>): T | null {
    return this.#cell(column) === null ? null : this.json(column, isShape);
  }

  /** Throws an error which says that another program changed this row. */
  damaged(column: string, why: string): never {
    throw new AppError('database', `The database holds a damaged row, ${this.name}: its ${column} ${why}`, {
      hint: 'Run `rollcall verify` to see what was changed, and restore a backup.',
    });
  }

  #parsed(column: string): unknown {
    const text = this.text(column);
    const value = this.#json(column, text);
    // Code that writes the value again would fail on some thousand levels; this program stores three at most.
    if (mayNest(text) && !isShallow(value, MAX_LEVELS)) this.damaged(column, 'is nested too deep');
    return value;
  }

  #json(column: string, text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      return this.damaged(column, 'is no JSON');
    }
  }

  #cell(column: string): unknown {
    const index = this.#layout.columns.get(column);
    if (index === undefined) throw new Error(`the statement has no column ${column}`);
    return this.#cells[index];
  }
}

const MAX_LEVELS = 64;

/** Whether there are enough brackets for that many levels. Cheaper than checking the value, and most values have few. */
function mayNest(text: string): boolean {
  let count = 0;
  for (const bracket of ['[', '{']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      count += 1;
      if (count > MAX_LEVELS) return true;
    }
  }
  return false;
}

/** Rows that Prisma's client returned within its transactions. */
export function rowsOf(objects: readonly object[], { noun, key }: Pick<RowLayout, 'noun' | 'key'>): Row[] {
  const columns = new Map(Object.keys(objects[0] ?? {}).map((name, index) => [name, index]));
  return objects.map((object) => {
    const cells = Object.values(object).map((cell: unknown) => (typeof cell === 'bigint' ? Number(cell) : cell));
    return new Row({ columns, noun, key }, cells);
  });
}
