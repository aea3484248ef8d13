import type { Document } from '../../types/document.ts';
import type { Column } from '../output/column.ts';
import { formatAge, formatLocal } from '../output/format.ts';
import { formatValue } from '../output/format-value.ts';

/** One line of what `show` prints of a resource. */
export interface SheetLine {
  section: 'state' | 'config' | 'pending';
  key: string;
  value: string;
}

export const SHEET_COLUMNS: readonly Column<SheetLine>[] = [
  { key: 'section', raw: ({ section }) => section, detail: 'named' },
  { key: 'key', raw: ({ key }) => key },
  { key: 'value', raw: ({ value }) => value },
];

/** null stands for what there is not. */
export function toStateLines(values: Readonly<Record<string, string | null>>): SheetLine[] {
  return Object.entries(values).flatMap(([key, value]) => (value === null ? [] : [{ section: 'state', key, value }]));
}

/** Without the paths that other lines show already. */
export function toConfigLines(document: Document, isShown: (path: string) => boolean): SheetLine[] {
  return Object.entries(document)
    .filter(([path]) => !isShown(path))
    .toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([path, value]) => ({ section: 'config', key: path, value: formatValue(path, value) }));
}

export function seenAt(time: Date, now: Date): string {
  return `${formatLocal(time)} (${formatAge(time, now)})`;
}
