import { AppError } from '../../types/errors.ts';
import { type FieldMap, RECORD_FIELDS } from '../../types/panel.ts';
import { type MappedRow, mapRow } from '../to-record.ts';

/** Of YAML, which may name a part many times. */
const MOST_ALIASES = 100;

interface FileShape {
  path: string;
  format: 'csv' | 'json' | 'yaml';
  fields: FieldMap;
}

/** Throws AppError('malformed') for text of another format, and 'configuration' for a column that is not there. */
export async function toFileRows(text: string, { path, format, fields }: FileShape): Promise<MappedRow[]> {
  const { rows, columns } = await parsedRows(text, path, format);
  const missing = Object.values({ id: 'id', ...fields }).filter((column) => !columns.has(column));
  if (columns.size > 0 && missing.length > 0) {
    throw new AppError('configuration', `${path} has no column ${missing.join(', ')}`, {
      hint: `name the columns ${RECORD_FIELDS.slice(0, 3).join(', ')}, …, or say what they are called: --map id=COLUMN`,
    });
  }
  return rows.map((row) => mapRow(row, fields));
}

type FileRow = Readonly<Record<string, unknown>>;

async function parsedRows(
  text: string,
  path: string,
  format: FileShape['format'],
): Promise<{ rows: readonly FileRow[]; columns: ReadonlySet<string> }> {
  const { value, header } = await parsed(text, path, format);
  // An empty file of CSV is one that is just being written; an empty list is `[]`, or a header.
  if (Array.isArray(value) && value.every(isRow) && !(format === 'csv' && header.length === 0)) {
    return { rows: value, columns: new Set([...header, ...value.flatMap((row) => Object.keys(row))]) };
  }
  throw new AppError('malformed', `${path} holds no list of servers`, {
    hint: format === 'csv' ? 'its first line has to name the columns' : 'it has to be a list of objects',
  });
}

async function parsed(
  text: string,
  path: string,
  format: FileShape['format'],
): Promise<{ value: unknown; header: string[] }> {
  let header: string[] = [];
  const columns = (names: string[]): string[] => {
    header = names;
    return names;
  };
  try {
    switch (format) {
      case 'csv': {
        const { parse } = await import('csv-parse/sync');
        // A line that has too few or too many cells is an error, and not a shorter list.
        const value: unknown = parse(text, { columns, bom: true, skip_empty_lines: true, trim: true });
        return { value, header };
      }
      case 'json':
        return { value: JSON.parse(text), header };
      case 'yaml': {
        const { parse } = await import('yaml');
        return { value: parse(text, { maxAliasCount: MOST_ALIASES }), header };
      }
    }
  } catch (error) {
    const line =
      typeof error === 'object' && error !== null && 'lines' in error ? ` in line ${String(error.lines)}` : '';
    throw new AppError('malformed', `${path} is no ${format.toUpperCase()}${line}`, {
      hint: 'it may be cut off: write it elsewhere, then move it there',
    });
  }
}

function isRow(value: unknown): value is FileRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
