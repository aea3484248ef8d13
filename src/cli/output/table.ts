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

  /** Upper-case headers, two spaces between columns, nothing cut off; ends with a line break unless there are no rows. */
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: Look): string {
    if (rows.length === 0) return '';
    const table = new this.#Table({
      ...STYLE,
      head: columns.map(({ key, header }) => header ?? key.toUpperCase()),
      colAligns: columns.map(({ align }) => align ?? 'left'),
    });
    for (const row of rows) table.push(columns.map((column) => this.#cell(column, row, look)));
    return toLines(table.toString());
  }

  /** Keys and values without a header. */
  plain(pairs: readonly { key: string; value: string }[]): string {
    if (pairs.length === 0) return '';
    const table = new this.#Table(STYLE);
    for (const { key, value } of pairs) table.push([this.tint('dim', escapeText(key)), escapeText(value)]);
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

  #cell<Row>(column: Column<Row>, row: Row, look: Look): string {
    const text = escapeText(column.text ? column.text(row, look) : rawText(column.raw(row)));
    return this.tint(column.tone?.(row) ?? 'plain', text === '' ? '-' : text);
  }
}
