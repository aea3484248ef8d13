import { stringify } from 'csv-stringify/sync';

/**
 * Where a comma is part of numbers, spreadsheets take `;` for the end of a cell, whatever is around it. The quotes behind it may be
 * those of the next cell, and are not seen in it.
 */
const FORMULA_BEHIND = /;(?=["\s]*[=+@\-\uff1d\uff0b\uff0d\uff20])/g;

/** Lines of a CSV file. No text begins like a formula, whether a comma or `;` ends cells. */
export function csvText(rows: readonly (readonly (string | number)[])[]): string {
  const disarmed = rows.map((cells) =>
    cells.map((cell) => (typeof cell === 'number' ? cell : cell.replace(FORMULA_BEHIND, ";'"))),
  );
  return stringify(disarmed, { escape_formulas: true });
}
