import type { Inventory, Rendered } from './export-format.ts';
import { type Cell, SHEET_COLUMNS } from './sheet-columns.ts';

/** One row for each guest, templates too. It has no place for problems: `presence` and `lastSeenAt` say which rows are old. */
export async function renderCsv({ guests }: Inventory): Promise<Rendered> {
  const { stringify } = await import('csv-stringify/sync');
  const rows = guests.map((guest) => SHEET_COLUMNS.map(({ of }) => csvCell(of(guest))));
  const content = stringify([SHEET_COLUMNS.map(({ key }) => key), ...rows], { escape_formulas: true });
  return { content, warnings: [] };
}

/** Where a comma is part of numbers, spreadsheets take `;` for the end of a cell, whatever is around it. */
function csvCell(cell: Cell): string | number {
  if (typeof cell === 'number') return cell;
  if (cell instanceof Date) return cell.toISOString();
  return String(cell ?? '').replace(/;(?=\s*[=+@-])/g, ";'");
}
