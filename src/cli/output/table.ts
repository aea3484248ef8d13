import { type Column, type Look, rawText, type Tone } from './column.ts';
import { escapeText } from './escape.ts';

/** Draws tables: two spaces between columns, upper-case headers, no borders, only very long texts cut off. */
export interface TableWriter {
  /** Ends with a line break unless there are no rows. */
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: Look): string;
  /** Keys and values without a header. */
  plain(pairs: readonly { key: string; value: string }[]): string;
  tint(tone: Tone, text: string): string;
}

/** Characters of a cell; the other formats have the whole value. */
const MAX_CELL = 300;

export function headText<Row>({ key, header }: Column<Row>): string {
  return header ?? key.toUpperCase();
}

export function cellText<Row>(column: Column<Row>, row: Row, look: Look): string {
  const text = shorten(column.text ? column.text(row, look) : rawText(column.raw(row)));
  return text === '' ? '-' : text;
}

/** Each row of a table is as wide as its widest cell: one text of a megabyte would make a gigabyte of a thousand rows. */
export function shorten(text: string): string {
  if (text.length <= MAX_CELL) return escapeText(text);
  return `${escapeText(text.slice(0, MAX_CELL))}… (${text.length} characters)`;
}
