import { type Column, type Look, rawText, type Tone } from './column.ts';
import { concatSafe, escapeText } from './escape.ts';
import type { SafeText } from './safe-text.ts';

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

export function cellText<Row>(column: Column<Row>, row: Row, look: Look): SafeText {
  const text = column.text ? column.text(row, look) : rawText(column.raw(row));
  return shorten(text === '' ? '-' : text);
}

/** Each row of a table is as wide as its widest cell: one text of a megabyte would make a gigabyte of a thousand rows. */
export function shorten(text: string): SafeText {
  if (text.length <= MAX_CELL) return escapeText(text);
  return concatSafe([escapeText(text.slice(0, MAX_CELL)), escapeText(`… (${text.length} characters)`)]);
}
