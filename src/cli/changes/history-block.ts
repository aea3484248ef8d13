import type { ChangeRecord } from '../../types/change-record.ts';
import type { Column } from '../output/column.ts';
import type { SafeText } from '../output/escape.ts';
import type { Draw } from '../output/output.ts';
import { STORY_COLUMNS, type Story, toStories } from './change-stories.ts';

/** Of one resource, how sure each actor is is shown too. */
const COLUMNS: readonly Column<Story>[] = STORY_COLUMNS.flatMap((column): Column<Story>[] => {
  if (column.key === 'resource') return [];
  if (column.key !== 'confidence') return [column];
  const { detail: _, ...always } = column;
  return [{ ...always, spare: 4 }];
});

/** The part of a sheet that tells the history of one resource; nothing where there is none. */
export function historyBlock<Row>(records: readonly ChangeRecord[], draw: Draw<Row>): SafeText[] {
  if (records.length === 0) return [];
  return [draw.line(''), draw.line('HISTORY'), draw.grid(COLUMNS, toStories(records, { most: Infinity }))];
}
