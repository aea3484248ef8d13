import type { Document, Value } from '../../types/document.ts';
import { isPendingPath } from '../../types/pending-path.ts';
import type { Column, Raw } from './column.ts';
import { formatValue } from './format-value.ts';

/**
 * A column for each path of the rows' documents, for those who name it. Without rows, any name that could be one is,
 * and what waits for a restart always: nothing may be waiting.
 */
export function documentColumns<Row>(
  rows: readonly Row[],
  documentOf: (row: Row) => Document,
  names: readonly string[],
): Column<Row>[] {
  const paths = new Set(
    rows.length === 0
      ? names.filter((name) => /^[\w.*?-]+$/.test(name))
      : [...rows.flatMap((row) => Object.keys(documentOf(row))), ...names.filter(isPendingPath)],
  );
  return [...paths]
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((path) => {
      const valueIn = (row: Row): Value | null => documentOf(row)[path] ?? null;
      return {
        key: path,
        // As the path is written, which is how the user names it.
        header: path.toUpperCase(),
        raw: (row): Raw => valueIn(row),
        text: (row) => {
          const value = valueIn(row);
          return value === null ? '' : formatValue(path, value);
        },
        detail: 'named',
        isPath: true,
      };
    });
}
