import type { Inventory, Rendered } from './export-format.ts';
import { type Cell, SHEET_COLUMNS } from './sheet-columns.ts';
import { visibleText } from './visible-text.ts';

/** A sheet of guests, templates too, and one that says when it was made and what is missing. */
export async function renderXlsx({ guests, problems, madeAt }: Inventory): Promise<Rendered> {
  const { default: writeExcelFile } = await import('write-excel-file/node');
  const head = SHEET_COLUMNS.map(({ key }) => ({ value: key, type: String, fontWeight: 'bold' as const }));
  const rows = guests.map((guest) => SHEET_COLUMNS.map(({ of }) => sheetCell(of(guest))));
  const about = [['made at', madeAt.toISOString()], ...problems.map((text) => ['partial', visibleText(text)])];
  const file = writeExcelFile([
    {
      sheet: 'guests',
      data: [head, ...rows],
      columns: SHEET_COLUMNS.map(({ width }) => ({ width })),
      stickyRowsCount: 1,
    },
    { sheet: 'about', data: about.map((cells) => cells.map(sheetCell)), columns: [{ width: 12 }, { width: 100 }] },
  ]);
  return { content: await file.toBuffer(), warnings: [] };
}

/** A text has its type, so that none is a formula. */
function sheetCell(cell: Cell) {
  if (cell === null || cell === '') return null;
  if (typeof cell === 'string') return { value: literal(cell), type: String };
  if (cell instanceof Date) return { value: cell, type: Date, format: 'yyyy-mm-dd hh:mm' };
  return typeof cell === 'number' ? { value: cell, type: Number } : { value: cell, type: Boolean };
}

/** Excel takes `_x000D_` in a text for a character. Source: ECMA-376 part 1, 22.9.2.19 ST_Xstring. */
function literal(text: string): string {
  return text.replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_');
}
