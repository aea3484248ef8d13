import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { TABLES } from '../../src/generated/tables.ts';
import { COVERED, NOT_COVERED, PARTLY_COVERED } from '../../src/services/history/coverage.ts';

/** As docs/integrity.md has it: what is covered in part is grouped by the part. */
function rowOf(table: string): string {
  const parts = new Map<string, string[]>();
  for (const [column, part] of Object.entries(PARTLY_COVERED[table] ?? {})) {
    parts.set(part, [...(parts.get(part) ?? []), column]);
  }
  const partly = [...parts].map(([part, columns]) => `${columns.join(', ')}: ${part}`);
  const cells = [COVERED[table]?.join(', ') ?? '', partly.join('; '), NOT_COVERED[table]?.join(', ') ?? ''];
  return `| \`${table}\` |${cells.map((cell) => (cell === '' ? '' : ` ${cell}`)).join(' |')} |`;
}

describe('what verify covers', () => {
  it.each(TABLES)('says of every column of $table, once, whether it is covered', ({ table, columns }) => {
    const said = [COVERED[table] ?? [], Object.keys(PARTLY_COVERED[table] ?? {}), NOT_COVERED[table] ?? []].flat();
    expect(said.toSorted()).toEqual(Object.keys(columns).toSorted());
  });

  it('says nothing of tables that are not there', () => {
    const tables = TABLES.map(({ table }) => table as string);
    const said = [COVERED, PARTLY_COVERED, NOT_COVERED].flatMap((lists) => Object.keys(lists));
    expect(said.filter((table) => !tables.includes(table))).toEqual([]);
  });

  it('is what docs/integrity.md says', () => {
    const page = readFileSync(path.join(import.meta.dirname, '../../docs/integrity.md'), 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toEqual(TABLES.map(({ table }) => rowOf(table)));
  });
});
