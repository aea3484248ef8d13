import { expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import readXlsxFile from 'read-excel-file/node';
import { renderCsv } from '../../src/services/exports/csv.ts';
import { renderXlsx } from '../../src/services/exports/xlsx.ts';
import { guestRow, HOSTILE_NAMES, hostileGuests, inventoryOf } from './guests.ts';

const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
/** As spreadsheets read a file of commas where `;` ends cells. */
const OTHER = { delimiter: ';', relax_quotes: true, relax_column_count: true } as const;
/** What is not seen, as it is written. */
const SEEN: Readonly<Record<string, string>> = {
  '\t=1': '\\t=1',
  '\r=1': '\\r=1',
  'turned \u202e around \u0000 \u001b[2J': 'turned \\u{202e} around \\u{0} \\u{1b}[2J',
  'web\nHost *\n    ProxyCommand touch /tmp/pwned': 'web\\nHost *\\n    ProxyCommand touch /tmp/pwned',
};

it('CSV: no cell begins like a formula, also where `;` ends cells', async () => {
  const { content } = await renderCsv(inventoryOf(hostileGuests()));
  const rows = parse(String(content), { columns: true }) as Record<string, string>[];
  expect(rows).toHaveLength(HOSTILE_NAMES.length);
  const cells = rows.flatMap((row) => Object.values(row));
  expect(cells.filter((cell) => FORMULA.test(cell))).toEqual([]);
  const others = parse(String(content), OTHER).flat();
  expect(others.filter((cell) => FORMULA.test(cell.replace(/^["\s]+/, '')))).toEqual([]);
  expect(rows[0]).toMatchObject({ id: '1000', addresses: '10.1.0.1', memoryBytes: '1073741824', presence: 'present' });
  expect(rows.map(({ name }) => name)).toContain('a,"b";c');
});

it('XLSX: a reader gets back numbers, times and texts, and none is a formula', async () => {
  const guests = [...hostileGuests(), guestRow({ vmid: 2000, name: null, isTemplate: true })];
  const { content } = await renderXlsx(inventoryOf(guests, ['lab: its last run was partial']));
  const [sheet, about] = await readXlsxFile(Buffer.from(content as Uint8Array));
  const [head = [], ...rows] = sheet?.data ?? [];
  const at = (key: string) => rows.map((row) => row[head.indexOf(key)]);
  expect(at('name')).toEqual([...HOSTILE_NAMES.map((name) => SEEN[name] ?? (name || null)), null]);
  expect(at('memoryBytes')).toEqual(guests.map(() => 1024 ** 3));
  expect(at('lastSeenAt')).toEqual(guests.map(({ lastSeenAt }) => lastSeenAt));
  expect(at('template').filter(Boolean)).toEqual([true]);
  expect(about?.data).toEqual([
    ['made at', '2026-11-21T10:00:00.000Z'],
    ['partial', 'lab: its last run was partial'],
  ]);
  const { unzipSync, strFromU8 } = await import('fflate');
  const parts = Object.values(unzipSync(content as Uint8Array)).map((part) => strFromU8(part));
  expect(parts.filter((part) => /<f[ >]/.test(part))).toEqual([]);
});
