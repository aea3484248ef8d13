import type { TableCount } from '../../types/database.ts';
import type { Column } from '../output/column.ts';

export const TABLE_COLUMNS: readonly Column<TableCount>[] = [
  { key: 'table', raw: ({ table }) => table },
  { key: 'rows', raw: ({ rows }) => rows, align: 'right' },
];
