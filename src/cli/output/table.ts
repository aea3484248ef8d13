import { type Column, type Look, rawText, type Tone } from './column.ts';
import { concatSafe, escapeLineStart, escapeText, type SafeText } from './escape.ts';

/** Draws tables: two spaces between columns, upper-case headers, no borders, only very long texts cut off. */
export interface TableWriter {
  /** Ends with a line break unless there are no rows. */
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: Look): SafeText;
  /** Keys and values without a header. */
  plain(pairs: readonly { key: string; value: string }[]): SafeText;
  tint(tone: Tone, text: SafeText): SafeText;
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
