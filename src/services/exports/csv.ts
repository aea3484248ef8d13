import type { Inventory, Rendered } from './export-format.ts';
import { type Cell, SHEET_COLUMNS } from './sheet-columns.ts';

/** One row for each guest, templates too. It has no place for problems: `presence` and `lastSeenAt` say which rows are old. */
export async function renderCsv({ guests }: Inventory): Promise<Rendered> {
  const { csvText } = await import('../../text/csv.ts');
  const rows = guests.map((guest) => SHEET_COLUMNS.map(({ of }) => csvCell(of(guest))));
  return { content: csvText([SHEET_COLUMNS.map(({ key }) => key), ...rows]), warnings: [] };
}

function csvCell(cell: Cell): string | number {
  if (typeof cell === 'number') return cell;
  if (cell instanceof Date) return cell.toISOString();
  return String(cell ?? '');
}
