import {
  createSortedRowModel,
  rowSortingFeature,
  type SortingState,
  sortFn_alphanumeric,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useMemo } from 'react';
import { HOST_COLUMNS, type HostRow } from './columns.tsx';
import type { HostRows } from './use-host-rows.ts';

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric },
});

const COLUMN_DEFS = HOST_COLUMNS.map(({ id, title, value }) => ({
  id,
  header: title,
  accessorFn: value,
  sortFn: 'alphanumeric' as const,
  sortUndefined: 'last' as const,
  sortDescFirst: false,
}));

/** The rows in their order. All of them are sorted, and chosen from then: a keystroke in the selector sorts nothing. */
export function useSortedRows({ all, rows }: Pick<HostRows, 'all' | 'rows'>, sorting: SortingState): HostRow[] {
  const data = useMemo(() => [...all], [all]);
  const table = useTable({ features, columns: COLUMN_DEFS, data, state: { sorting }, getRowId: ({ host }) => host.id });
  const { rows: sorted } = table.getRowModel();
  return useMemo(() => {
    const every = sorted.map(({ original }) => original);
    if (rows === all) return every;
    const meant = new Set(rows);
    return every.filter((row) => meant.has(row));
  }, [sorted, rows, all]);
}
