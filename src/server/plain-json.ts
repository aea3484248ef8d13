/** What `-o json` prints of a value: times in ISO 8601, bigints as numbers. */
export function plainRows(rows: readonly object[]): Record<string, unknown>[] {
  return JSON.parse(JSON.stringify(rows, plainValue));
}

export function plainRow(row: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(row, plainValue));
}

function plainValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
