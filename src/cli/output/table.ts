import { type Column, type Look, rawText, type Tone } from './column.ts';
import { concatSafe, declareSafe, escapeLineStart, escapeText, type SafeText } from './escape.ts';
import { textWidth } from './text-width.ts';

/** What a table has to fit. */
export interface Fit {
  /** Columns of the terminal, and what fits a table into them; absent: the table is as wide as it is. */
  width?: number | undefined;
  fitter?: Fitter | undefined;
  /** Whether columns may be left out. */
  mayDrop?: boolean;
  hasHead?: boolean;
  /** Of the columns of rows that were drawn before, which these have at least; it is brought up to date. */
  widths?: number[];
  /** Told the headers of those that were. */
  onDropped?: (headers: readonly string[]) => void;
}

/** A piece of a line, with what underlines it. */
export interface Part {
  text: string;
  tone?: Tone;
}

export interface SafePart {
  text: SafeText;
  tone: Tone;
}

export type Tint = (tone: Tone, text: SafeText) => SafeText;

/** Between two columns. */
export const GAP = '  ';

/** Draws tables: two spaces between columns, upper-case headers, no borders, only very long texts cut off. */
export interface TableWriter {
  /** Ends with a line break unless there are no rows. */
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: Look, fit?: Fit): SafeText;
  /** Keys and values without a header. */
  plain(pairs: readonly { key: string; value: string }[], fit?: Fit): SafeText;
  tint(tone: Tone, text: SafeText): SafeText;
}

/** A table as both writers draw it. A cell may have several lines. */
export interface Sheet<Row> {
  columns: readonly Column<Row>[];
  /** null: without headers. */
  head: readonly SafeText[] | null;
  body: readonly (readonly SafeText[])[];
}

/** The cells of a table as they are drawn. */
export function layOut<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  look: Look,
  fit: Fit = {},
): Sheet<Row> {
  const { width, fitter, mayDrop = false, hasHead = true, widths, onDropped } = fit;
  const head = hasHead ? columns.map(headText) : null;
  const whole = { columns, head, body: rows.map((row) => cellTexts(columns, row, look)) };
  const isFitted = width !== undefined && fitter !== undefined && rows.length > 0;
  const sheet = isFitted ? fitter.sheet(whole, { width, mayDrop }) : whole;
  if (sheet.columns.length < columns.length) {
    onDropped?.(columns.filter((column) => !sheet.columns.includes(column)).map((column) => headText(column)));
  }
  return widths === undefined ? sheet : asWide(sheet, widths, width);
}

/**
 * Pads the cells of the first row, which makes the whole columns as wide as those above. Where that is wider than the terminal,
 * columns begin anew.
 */
function asWide<Row>(sheet: Sheet<Row>, widths: number[], width = Number.POSITIVE_INFINITY): Sheet<Row> {
  const lines = [...(sheet.head === null ? [] : [sheet.head]), ...sheet.body];
  const own = Array.from(sheet.columns, (_, index) =>
    Math.max(0, ...lines.flatMap((cells) => (cells[index] ?? '').split('\n')).map(textWidth)),
  );
  const both = own.map((size, index) => Math.max(size, widths[index] ?? 0));
  const total = both.reduce((sum, size) => sum + size + GAP.length, -GAP.length);
  widths.splice(0, widths.length, ...(total > width ? own : both));
  const [first = [], ...rest] = sheet.body;
  const padded = first.map((text, index) => padTo(text, widths[index] ?? 0, sheet.columns[index]?.align === 'right'));
  return { ...sheet, body: sheet.body.length === 0 ? [] : [padded, ...rest] };
}

/** Fills the first line of a text up to a width. */
function padTo(text: SafeText, width: number, isRight: boolean): SafeText {
  const [line = '', ...more] = text.split('\n');
  const padding = ' '.repeat(Math.max(0, width - textWidth(line)));
  return declareSafe([isRight ? padding + line : line + padding, ...more].join('\n'));
}

/** Of {@link Fit}: what fits a table into a width; loaded where there is one. */
export interface Fitter {
  sheet<Row>(sheet: Sheet<Row>, options: { width: number; mayDrop: boolean }): Sheet<Row>;
  text(text: SafeText, width: number): SafeText;
}

/** Keys with their values, which are wrapped beside them. */
export function layOutPairs(
  pairs: readonly { key: string; value: string }[],
  { width, fitter }: Fit = {},
): { key: SafeText; value: SafeText }[] {
  const texts = pairs.map(({ key, value }) => ({ key: escapeLineStart(key), value: shorten(value) }));
  if (width === undefined || fitter === undefined) return texts;
  const room = width - GAP.length - Math.max(0, ...texts.map(({ key }) => textWidth(key)));
  return texts.map(({ key, value }) => ({ key, value: fitter.text(value, Math.max(room, 1)) }));
}

/** Characters of a cell; the other formats have the whole value. */
const MAX_CELL = 300;

export function headText<Row>({ key, header }: Column<Row>): SafeText {
  return escapeText(header ?? key.toUpperCase());
}

export function cellTexts<Row>(columns: readonly Column<Row>[], row: Row, look: Look): SafeText[] {
  return columns.map((column, index) => {
    const text = column.text ? column.text(row, look) : rawText(column.raw(row));
    return shorten(text === '' ? '-' : text, index === 0 ? escapeLineStart : escapeText);
  });
}

/** Each row of a table is as wide as its widest cell: one text of a megabyte would make a gigabyte of a thousand rows. */
export function shorten(text: string, escapeStart = escapeText): SafeText {
  if (text.length <= MAX_CELL) return escapeStart(text);
  return concatSafe([escapeStart(text.slice(0, MAX_CELL)), escapeText(`… (${text.length} characters)`)]);
}
