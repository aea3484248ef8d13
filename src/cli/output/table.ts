import type { ChalkInstance } from 'chalk';
import { type Column, type Look, rawText, type Tone } from './column.ts';
import { escapeText } from './escape.ts';

const BORDERS = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
  'left',
  'left-mid',
  'mid',
  'mid-mid',
  'right',
  'right-mid',
];
const NO_BORDERS = Object.fromEntries(BORDERS.map((part) => [part, '']));

const ROWS_AT_ONCE = 250;
/** Characters of a cell; the other formats have the whole value. */
const MAX_CELL = 300;

const STYLE = {
  chars: { ...NO_BORDERS, middle: '  ' },
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
};

function toLines(drawing: string): string {
  return drawing
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** Draws tables; made once a command prints one, for loading its libraries takes longer than the query. */
export class TableWriter {
  readonly #Table: typeof import('cli-table3');
  readonly #chalk: ChalkInstance;

  constructor(libraries: { Table: typeof import('cli-table3'); chalk: ChalkInstance }) {
    this.#Table = libraries.Table;
    this.#chalk = libraries.chalk;
  }

  static async load(hasColour: boolean): Promise<TableWriter> {
    const [{ default: Table }, { Chalk }] = await Promise.all([import('cli-table3'), import('chalk')]);
    return new TableWriter({ Table, chalk: new Chalk({ level: hasColour ? 1 : 0 }) });
  }

  /** Upper-case headers, two spaces between columns, only very long texts cut off; ends with a line break unless there are no rows. */
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: Look): string {
    if (rows.length === 0) return '';
    const head = columns.map(({ key, header }) => header ?? key.toUpperCase());
    const texts = rows.map((row) => columns.map((column) => cellText(column, row, look)));
    const style = { ...STYLE, colAligns: columns.map(({ align }) => align ?? 'left') };
    // cli-table3 takes quadratic time for its rows: a long table is drawn in parts, of columns with the same widths.
    const colWidths =
      rows.length > ROWS_AT_ONCE
        ? head.map((title, index) => this.#width([title, ...texts.map((cells) => cells[index] ?? '')]))
        : [];
    let drawn = '';
    for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
      const table = new this.#Table({ ...style, colWidths, head: start === 0 ? head : [] });
      for (const [offset, row] of rows.slice(start, start + ROWS_AT_ONCE).entries()) {
        const cells = texts[start + offset] ?? [];
        table.push(columns.map((column, index) => this.tint(column.tone?.(row) ?? 'plain', cells[index] ?? '')));
      }
      drawn += toLines(table.toString());
    }
    return drawn;
  }

  /** Keys and values without a header. */
  plain(pairs: readonly { key: string; value: string }[]): string {
    if (pairs.length === 0) return '';
    const table = new this.#Table(STYLE);
    for (const { key, value } of pairs) table.push([this.tint('dim', escapeText(key)), shorten(value)]);
    return toLines(table.toString());
  }

  tint(tone: Tone, text: string): string {
    switch (tone) {
      case 'good':
        return this.#chalk.green(text);
      case 'bad':
        return this.#chalk.red(text);
      case 'warn':
        return this.#chalk.yellow(text);
      case 'dim':
        return this.#chalk.dim(text);
      case 'plain':
        return text;
    }
  }

  /** The width of the widest of these texts on a terminal. */
  #width(texts: readonly string[]): number {
    let widest = 0;
    for (const text of new Set(texts)) {
      const width = /^[ -~]*$/.test(text) ? text.length : this.#measure(text);
      widest = Math.max(widest, width);
    }
    return widest;
  }

  /** As cli-table3 measures: by how much it pads the text beside a ruler. */
  #measure(text: string): number {
    const ruler = '-'.repeat(2 * text.length);
    const table = new this.#Table(STYLE);
    table.push([text], [ruler]);
    const [line = ''] = table.toString().split('\n');
    return ruler.length - (line.length - text.length);
  }
}

function cellText<Row>(column: Column<Row>, row: Row, look: Look): string {
  const text = shorten(column.text ? column.text(row, look) : rawText(column.raw(row)));
  return text === '' ? '-' : text;
}

/** Each row of a table is as wide as its widest cell: one text of a megabyte would make a gigabyte of a thousand rows. */
function shorten(text: string): string {
  if (text.length <= MAX_CELL) return escapeText(text);
  return `${escapeText(text.slice(0, MAX_CELL))}… (${text.length} characters)`;
}
