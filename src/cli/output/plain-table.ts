import type { Column, Look, Tone } from './column.ts';
import { declareSafe, type SafeText } from './escape.ts';
import { type Fit, GAP, layOut, layOutPairs, type TableWriter } from './table.ts';
import { textWidth } from './text-width.ts';

/**
 * For pipes and files, where a script waits: without colours, and without the libraries that draw on a terminal, which take
 * longer than most queries. A test holds the two to the same text.
 */
export class PlainTable implements TableWriter {
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: Look, fit?: Fit): SafeText {
    const sheet = layOut(columns, rows, look, fit);
    const head = sheet.head === null || rows.length === 0 ? [] : [sheet.head];
    return toLines(
      [...head, ...sheet.body],
      sheet.columns.map(({ align }) => align === 'right'),
    );
  }

  plain(pairs: readonly { key: string; value: string }[], fit?: Fit): SafeText {
    return toLines(
      layOutPairs(pairs, fit).map(({ key, value }) => [key, value]),
      [],
    );
  }

  tint(_tone: Tone, text: SafeText): SafeText {
    return text;
  }
}

function toLines(rows: readonly (readonly SafeText[])[], isRight: readonly boolean[]): SafeText {
  const lines = rows.flatMap(linesOf);
  const widths = lines.map((cells) => cells.map(textWidth));
  const columns: number[] = [];
  for (const row of widths)
    for (const [index, width] of row.entries()) columns[index] = Math.max(columns[index] ?? 0, width);
  const drawn = lines.map((cells, row) => {
    const padded = cells.map((text, index) => {
      const padding = ' '.repeat((columns[index] ?? 0) - (widths[row]?.[index] ?? 0));
      return isRight[index] ? padding + text : text + padding;
    });
    return `${padded.join(GAP).trimEnd()}\n`;
  });
  return declareSafe(drawn.join(''));
}

/** The lines of one row, each with a text for every column. */
function linesOf(cells: readonly SafeText[]): (readonly string[])[] {
  if (!cells.some((text) => text.includes('\n'))) return [cells];
  const parts = cells.map((text) => text.split('\n'));
  const height = Math.max(...parts.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) => parts.map((lines) => lines[line] ?? ''));
}
