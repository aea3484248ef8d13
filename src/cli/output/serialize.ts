import { type Column, rawText } from './column.ts';
import { escapeJson, escapeText, isSafeText } from './escape.ts';

/** Times become ISO 8601 by themselves; a bigint would throw, and is a number to whoever reads JSON. */
function plainValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

export function toJson(value: unknown): string {
  return `${escapeJson(JSON.stringify(value, plainValue, 2))}\n`;
}

export async function toYaml(value: unknown): Promise<string> {
  const { Document, Scalar, visit } = await import('yaml');
  // Through JSON: the same keys, times and numbers as `-o json`, and no anchors for values that occur twice.
  const plain: unknown = JSON.parse(JSON.stringify(value, plainValue));
  const document = new Document(plain);
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && !isSafeText(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return escapeJson(document.toString({ lineWidth: 0 }));
}

/**
 * One header line, then raw values: numbers without units, ISO times. Fields that hold a comma, a quote or a line break are
 * quoted. A leading `=`, `+`, `-` or `@` is left as it is, for an auditor files what was there; control characters are not.
 */
export async function toCsv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Promise<string> {
  const { stringify } = await import('csv-stringify/sync');
  return stringify([
    columns.map(({ key }) => key),
    ...rows.map((row) => columns.map((column) => escapeText(rawText(column.raw(row))))),
  ]);
}
