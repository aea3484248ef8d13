import type { ChalkInstance } from 'chalk';
import type { Column, Look, Tone } from './column.ts';
import { declareSafe, escapeText, type SafeText } from './escape.ts';
import { type Fit, layOut, layOutPairs, type TableWriter } from './table.ts';

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

/** For terminals. */
export class TerminalTable implements TableWriter {
  readonly #Table: typeof import('cli-table3');
  readonly #chalk: ChalkInstance;

  constructor(libraries: { Table: typeof import('cli-table3'); chalk: ChalkInstance }) {
    this.#Table = libraries.Table;
    this.#chalk = libraries.chalk;
  }

  static async load(hasColour: boolean): Promise<TerminalTable> {
    const [{ default: Table }, { Chalk }] = await Promise.all([import('cli-table3'), import('chalk')]);
    return new TerminalTable({ Table, chalk: new Chalk({ level: hasColour ? 1 : 0 }) });
  }

  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: Look, fit?: Fit): SafeText {
    const sheet = layOut(columns, rows, look, fit);
    const [head, texts] = [sheet.head ?? [], sheet.body];
    const style = { ...STYLE, colAligns: sheet.columns.map(({ align }) => align ?? 'left') };
    // cli-table3 takes quadratic time for its rows: a long table is drawn in parts, of columns with the same widths.
    const colWidths =
      rows.length > ROWS_AT_ONCE
        ? sheet.columns.map((_, index) => this.#width([head, ...texts].map((cells) => cells[index] ?? '')))
        : [];
    let drawn = '';
    for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
      const table = new this.#Table({ ...style, colWidths, head: start === 0 ? [...head] : [] });
      for (const [offset, row] of rows.slice(start, start + ROWS_AT_ONCE).entries()) {
        const cells = texts[start + offset] ?? [];
        table.push(
          sheet.columns.map((column, index) =>
            this.tint(column.tone?.(row) ?? 'plain', cells[index] ?? escapeText('-')),
          ),
        );
      }
      drawn += toLines(table.toString());
    }
    return declareSafe(drawn);
  }

  plain(pairs: readonly { key: string; value: string }[], fit?: Fit): SafeText {
    if (pairs.length === 0) return declareSafe('');
    const table = new this.#Table(STYLE);
    for (const { key, value } of layOutPairs(pairs, fit)) table.push([this.tint('dim', key), value]);
    return declareSafe(toLines(table.toString()));
  }

  tint(tone: Tone, text: SafeText): SafeText {
    switch (tone) {
      case 'good':
        return declareSafe(this.#chalk.green(text));
      case 'bad':
        return declareSafe(this.#chalk.red(text));
      case 'warn':
        return declareSafe(this.#chalk.yellow(text));
      case 'dim':
        return declareSafe(this.#chalk.dim(text));
      case 'plain':
        return text;
    }
  }

  /** The width of the widest of these texts on a terminal. */
  #width(texts: readonly string[]): number {
    let widest = 0;
    for (const text of new Set(texts.flatMap((one) => one.split('\n')))) {
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
