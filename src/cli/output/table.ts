import { type Column, type Look, rawText, type Tone } from './column.ts';
import { escapeText } from './escape.ts';
import { textWidth } from './text-width.ts';

const GAP = '  ';
/** Characters of a cell; the other formats have the whole value. */
const MAX_CELL = 300;

/** SGR codes that turn a tone on and off. Source: ECMA-48, 8.3.117. */
const SGR: Readonly<Record<Tone, readonly [on: number, off: number] | null>> = {
  good: [32, 39],
  bad: [31, 39],
  warn: [33, 39],
  dim: [2, 22],
  plain: null,
};

interface Cell {
  text: string;
  tone: Tone;
}

/** Draws tables: columns with two spaces between them, lines without spaces at their end. */
export class TableWriter {
  readonly #hasColour: boolean;

  constructor(hasColour: boolean) {
    this.#hasColour = hasColour;
  }

  /** Upper-case headers, only very long texts cut off; ends with a line break unless there are no rows. */
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: Look): string {
    if (rows.length === 0) return '';
    const head = columns.map(({ key, header }): Cell => ({ text: header ?? key.toUpperCase(), tone: 'plain' }));
    const body = rows.map((row) =>
      columns.map((column): Cell => ({ text: cellText(column, row, look), tone: column.tone?.(row) ?? 'plain' })),
    );
    return this.#lines(
      [head, ...body],
      columns.map(({ align }) => align === 'right'),
    );
  }

  /** Keys and values without a header. */
  plain(pairs: readonly { key: string; value: string }[]): string {
    const rows = pairs.map(({ key, value }): Cell[] => [
      { text: escapeText(key), tone: 'dim' },
      { text: shorten(value), tone: 'plain' },
    ]);
    return this.#lines(rows, []);
  }

  tint(tone: Tone, text: string): string {
    const codes = SGR[tone];
    return this.#hasColour && codes !== null ? `\u001b[${codes[0]}m${text}\u001b[${codes[1]}m` : text;
  }

  #lines(rows: readonly (readonly Cell[])[], isRight: readonly boolean[]): string {
    const widths = rows.map((cells) => cells.map(({ text }) => textWidth(text)));
    const columns: number[] = [];
    for (const row of widths)
      for (const [index, width] of row.entries()) columns[index] = Math.max(columns[index] ?? 0, width);
    return rows
      .map((cells, row) => {
        const padded = cells.map(({ text, tone }, index) => {
          const padding = ' '.repeat((columns[index] ?? 0) - (widths[row]?.[index] ?? 0));
          const tinted = this.tint(tone, text);
          return isRight[index] ? padding + tinted : tinted + padding;
        });
        return `${padded.join(GAP).trimEnd()}\n`;
      })
      .join('');
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
