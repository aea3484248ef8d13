import { AppError } from '../../types/errors.ts';
import { isShallow } from '../../types/nesting.ts';
import type { Guard } from './stored-shape.ts';

/** Where a statement's columns are, and what its rows are called in errors. */
export interface RowLayout {
  columns: ReadonlyMap<string, number>;
  /** `guest`, `change`, `run`. */
  noun: string;
  /** The columns that tell rows apart. */
  key: readonly string[];
}

/**
 * One row of an answer, by the names of its columns. Both databases' values come out as one type; what is not of the type
 * asked for throws AppError `database`, which names the row. SQLite keeps whatever it is given in any column.
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

  /** Whole or not, of any width: PostgreSQL's drivers give 64 bits as text. */
  number(column: string): number {
    const value = this.#cell(column);
    if (typeof value === 'number') return value;
    return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : this.damaged(column, 'is no number');
  }

  numberOrNull(column: string): number | null {
    return this.#cell(column) === null ? null : this.number(column);
  }

  /** SQLite has 0 and 1. */
  boolean(column: string): boolean {
    const value = this.#cell(column);
    if (value === true || value === 1) return true;
    return value === false || value === 0 ? false : this.damaged(column, 'is neither true nor false');
  }

  time(column: string): Date {
    const value = this.#cell(column);
    // The client of Prisma gives dates, the drivers text.
    const time = typeof value === 'string' ? new Date(value) : value instanceof Date ? value : undefined;
    return time === undefined || Number.isNaN(time.getTime()) ? this.damaged(column, 'is no time') : time;
  }

  timeOrNull(column: string): Date | null {
    return this.#cell(column) === null ? null : this.time(column);
  }

  /** One of these words. */
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

  /** Throws that this row was changed by something else than this program. */
  damaged(column: string, why: string): never {
    throw new AppError('database', `The database holds a damaged row, ${this.name}: its ${column} ${why}`, {
      hint: 'Run `rollcall verify` to see what was changed, and restore a backup.',
    });
  }

  #parsed(column: string): unknown {
    const text = this.text(column);
    const value = this.#json(column, text);
    // What writes it again would fail on some thousand levels; this program stores three at most.
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

/** Whether there are brackets enough for so many levels. Takes less time than to look at the value, and most have few. */
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

/** Rows that the client of Prisma gave, within its transactions. */
export function rowsOf(objects: readonly object[], { noun, key }: Pick<RowLayout, 'noun' | 'key'>): Row[] {
  const columns = new Map(Object.keys(objects[0] ?? {}).map((name, index) => [name, index]));
  return objects.map((object) => {
    const cells = Object.values(object).map((cell: unknown) => (typeof cell === 'bigint' ? Number(cell) : cell));
    return new Row({ columns, noun, key }, cells);
  });
}
