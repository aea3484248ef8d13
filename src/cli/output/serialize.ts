import { type Column, rawText } from './column.ts';
import { declareSafe, escapeJson, escapeText, type SafeText } from './escape.ts';

/** Times become ISO 8601 by themselves; a bigint would throw, and is a number to whoever reads JSON. */
function plainValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

export function toJson(value: unknown): SafeText {
  return escapeJson(`${JSON.stringify(value, plainValue, 2)}\n`);
}

/** {@link toJson} in one line, without the line break at its end. */
export function toJsonLine(value: unknown): SafeText {
  return escapeJson(JSON.stringify(value, plainValue));
}

const ROWS_PER_PART = 500;

/** {@link toJson} in parts: of 10,000 guests with their documents, the whole text would be in memory several times. */
export function* jsonParts(value: unknown): Generator<SafeText> {
  if (!Array.isArray(value) || value.length <= ROWS_PER_PART) return yield toJson(value);
  const rows: readonly unknown[] = value;
  for (let start = 0; start < rows.length; start += ROWS_PER_PART) {
    const list = escapeJson(JSON.stringify(rows.slice(start, start + ROWS_PER_PART), plainValue, 2));
    yield declareSafe(`${start === 0 ? '[' : ','}${list.slice('['.length, -'\n]'.length)}`);
  }
  yield declareSafe('\n]\n');
}

export async function toYaml(value: unknown): Promise<SafeText> {
  const { yamlText } = await import('./yaml-text.ts');
  // Through JSON: the same keys, times and numbers as `-o json`, and no anchors for values that occur twice.
  const plain: unknown = JSON.parse(JSON.stringify(value, plainValue));
  return yamlText(plain);
}

/**
 * One header line unless there shall be none, then raw values: numbers without units, ISO times. Fields that hold a comma, a quote or a line break are
 * quoted. Control characters are escaped, and a text that a spreadsheet would take for a formula begins with `'`: names and
 * descriptions are written by whoever may edit a guest, and the file is opened by whoever may not.
 */
export async function toCsv<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  hasHeader = true,
): Promise<SafeText> {
  const { csvText } = await import('../../text/csv.ts');
  const cells = (row: Row) =>
    columns.map((column) => {
      const raw = column.raw(row);
      return typeof raw === 'number' ? raw : escapeText(rawText(raw));
    });
  const header = hasHeader ? [columns.map(({ key }) => key)] : [];
  return declareSafe(csvText([...header, ...rows.map(cells)]));
}
