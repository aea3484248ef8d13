import { escapeText, type SafeText } from './escape.ts';
import { type ColumnNeed, fitColumns } from './fit-columns.ts';
import type { Sheet } from './table.ts';
import { textWidth } from './text-width.ts';
import { safeRest, safeStarts, widestWord, wrapText } from './wrap.ts';

/** Fits tables, and texts, into a number of columns. */
export const FITTER = { sheet: fitSheet, text: wrapText } as const;

function fitSheet<Row>(sheet: Sheet<Row>, { width, mayDrop }: { width: number; mayDrop: boolean }): Sheet<Row> {
  const { columns, head, body } = sheet;
  const { kept, widths } = fitColumns(needsOf(sheet), width, mayDrop);
  const fitCells = (cells: readonly SafeText[]) =>
    kept.map((index, place) => {
      const text = wrapText(cells[index] ?? escapeText(''), widths[place] ?? 0);
      return place === 0 ? safeStarts(text) : safeRest(text);
    });
  return {
    columns: kept.flatMap((index) => columns[index] ?? []),
    head: head && fitCells(head),
    body: body.map(fitCells),
  };
}

/** What only -o wide shows goes before everything else. */
const SPARE_OF_WIDE = 100;

function needsOf<Row>({ columns, head, body }: Sheet<Row>): ColumnNeed[] {
  return columns.map(({ align, isSolid, spare, detail }, index) => {
    const title = head?.[index] ?? '';
    // A header of two words may be wrapped above figures that may not.
    let [natural, least] = [textWidth(title), widestWord(title)];
    for (const text of new Set(body.map((cells) => cells[index] ?? ''))) {
      const width = textWidth(text);
      natural = Math.max(natural, width);
      least = Math.max(least, align === 'right' || isSolid ? width : widestWord(text));
    }
    return { natural, least, spare: spare ?? (detail === 'wide' ? SPARE_OF_WIDE : undefined) };
  });
}
