import type { CliContext } from '../context.ts';
import type { Column, Raw } from '../output/column.ts';

type Row = Readonly<Record<string, unknown>>;

/** What names a row, and what is known of most rows: the columns that come first. */
const FIRST = ['vmid', 'id', 'userid', 'name', 'storage', 'node', 'upid', 'type', 'status', 'content', 'size'];
/** What stands for a row with `-o name`. */
const REFERENCES = ['id', 'vmid', 'volid', 'upid', 'userid', 'storage', 'node', 'name', 'subdir'];

/** Prints an answer: a list as a table, an object as JSON, a text as it is. Other formats print the value itself. */
export async function printAnswer(context: CliContext, answer: unknown): Promise<void> {
  const { output, options } = context;
  const isPlain = options.output === 'table' || options.output === 'wide';
  if (isPlain && typeof answer === 'string') {
    output.text(answer);
    return;
  }
  if (isPlain && answer === null) {
    output.note('the answer is empty');
    return;
  }
  if (isPlain && !Array.isArray(answer)) context.useFormat('json');
  const rows = (Array.isArray(answer) ? answer : [answer]).map(toRow);
  const value: unknown = Array.isArray(answer) && answer.every(isRow) ? rows : answer;
  await context.output.print(value, {
    columns: columnsOf(rows),
    rows: () => rows,
    ref: refOf,
    empty: 'the list is empty',
  });
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toRow(value: unknown): Row {
  return isRow(value) ? value : { value };
}

function columnsOf(rows: readonly Row[]): Column<Row>[] {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].toSorted();
  const first = FIRST.filter((key) => keys.includes(key));
  const others = keys.filter((key) => !first.includes(key));
  return [...first, ...others].map((key, index) => ({
    key,
    raw: (row) => toRaw(row[key]),
    ...(rows.every((row) => ['number', 'undefined'].includes(typeof row[key])) && { align: 'right' as const }),
    ...(index > 0 && { spare: index }),
  }));
}

function toRaw(value: unknown): Raw {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return JSON.stringify(value);
}

function refOf(row: Row): string {
  const key = REFERENCES.find((name) => row[name] !== undefined) ?? Object.keys(row)[0] ?? '';
  return String(toRaw(row[key]) ?? '');
}
