import type { Column, Look, Tone } from './column.ts';
import { declareSafe, escapeLineStart, type SafeText } from './escape.ts';
import { cellTexts, headText, shorten, type TableWriter } from './table.ts';
import { textWidth } from './text-width.ts';

const GAP = '  ';

/**
 * For pipes and files, where a script waits: without colours, and without the libraries that draw on a terminal, which take
 * longer than most queries. A test holds the two to the same text.
 */
export class PlainTable implements TableWriter {
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look: Look): SafeText {
    const body = rows.map((row) => cellTexts(columns, row, look));
    return toLines(
      body.length === 0 ? [] : [columns.map(headText), ...body],
      columns.map(({ align }) => align === 'right'),
    );
  }

  plain(pairs: readonly { key: string; value: string }[]): SafeText {
    return toLines(
      pairs.map(({ key, value }) => [escapeLineStart(key), shorten(value)]),
      [],
    );
  }

  tint(_tone: Tone, text: SafeText): SafeText {
    return text;
  }
}

function toLines(rows: readonly (readonly SafeText[])[], isRight: readonly boolean[]): SafeText {
  const widths = rows.map((cells) => cells.map(textWidth));
  const columns: number[] = [];
  for (const row of widths)
    for (const [index, width] of row.entries()) columns[index] = Math.max(columns[index] ?? 0, width);
  const lines = rows.map((cells, row) => {
    const padded = cells.map((text, index) => {
      const padding = ' '.repeat((columns[index] ?? 0) - (widths[row]?.[index] ?? 0));
      return isRight[index] ? padding + text : text + padding;
    });
    return `${padded.join(GAP).trimEnd()}\n`;
  });
  return declareSafe(lines.join(''));
}
