import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { type Column, selectColumns, sortRows, tableColumns } from '../../src/cli/output/column.ts';
import { escapeJson, escapeLines, escapeText, isSafeText } from '../../src/cli/output/escape.ts';
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatLocalIso,
  formatPercent,
} from '../../src/cli/output/format.ts';
import { formatFieldChange, formatValue } from '../../src/cli/output/format-value.ts';
import { PlainTable } from '../../src/cli/output/plain-table.ts';
import { jsonParts, toCsv, toJson, toYaml } from '../../src/cli/output/serialize.ts';
import { TerminalTable } from '../../src/cli/output/terminal-table.ts';
import { textWidth } from '../../src/cli/output/text-width.ts';
import { nearest } from '../../src/text/near-names.ts';

const ESC = String.fromCodePoint(0x1b);
const text = fc.string({ unit: 'binary', maxLength: 40 });
// biome-ignore format: one per line would be 12 lines
const unsafe = ['\u0000', '\u0007', '\u001b', '\u007f', '\u009b', '\u200b', '\u200e', '\u202e', '\u2066', '\u2028', '\ufeff', '\ud800'];

describe('text from Proxmox', () => {
  it.each([
    ['plain text stays', 'web-01 (größe) 中文 👩‍👩‍👧', 'web-01 (größe) 中文 👩‍👩‍👧'],
    ['a colour is shown, not obeyed', `${ESC}[31mred`, '\\x1b[31mred'],
    ['line breaks are shown', 'a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['text is not turned around', 'abc\u202edef', 'abc\\u{202e}def'],
    ['half a character is shown', 'a\ud83d', 'a\\u{d83d}'],
  ])('%s', (_name, input, expected) => {
    expect(escapeText(input)).toBe(expected);
  });

  it('has nothing left in it that acts on a terminal, and is left alone when it had nothing', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc.array(fc.constantFrom(...unsafe, 'a', ' ')).map((parts) => parts.join('')),
        ),
        (input) => {
          const escaped = escapeText(input);
          expect(isSafeText(escaped)).toBe(true);
          for (const character of escaped) expect(unsafe).not.toContain(character);
          expect(escapeText(escaped)).toBe(escaped);
          if (isSafeText(input)) expect(escaped).toBe(input);
        },
      ),
    );
  });

  it('means the same in JSON and YAML, without a character that acts on a terminal', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(text, fc.oneof(text, fc.array(text), fc.constantFrom(...unsafe))),
        async (value) => {
          const plain: unknown = JSON.parse(JSON.stringify(value));
          const json = toJson(value);
          expect(JSON.parse(json)).toEqual(plain);
          expect(isSafeText(json.replaceAll('\n', ''))).toBe(true);
          const yaml = await toYaml(value);
          expect(isSafeText(yaml.replaceAll('\n', ''))).toBe(true);
          expect(parse(yaml)).toEqual(plain);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('has the line breaks of the program, and none of a value', () => {
    expect(escapeLines([`a${ESC}\nhint: b`, 'c'])).toBe('a\\x1b\\nhint: b\nc\n');
    expect(escapeJson('{\n  "a": "\u009b"\n}')).toBe('{\n  "a": "\\u009b"\n}');
  });
});

describe('readable values', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [512 * 2 ** 20, '512 MiB'],
    [2 ** 40, '1 TiB'],
    [2 ** 70, '1048576 PiB'],
    [null, '-'],
    [undefined, '-'],
  ])('%s bytes are %s', (bytes, expected) => {
    expect(formatBytes(bytes)).toBe(expected);
  });

  it.each([
    [0.0314, '3.1 %'],
    [1, '100 %'],
    [null, '-'],
  ])('a share of %s is %s', (share, expected) => {
    expect(formatPercent(share)).toBe(expected);
  });

  it.each([
    [400, '0 s'],
    [59_400, '59 s'],
    [60_000, '1 min'],
    [7_200_000, '2 h'],
    [172_800_000, '2 d'],
    [-5, '0 s'],
  ])('%s ms are %s', (ms, expected) => {
    expect(formatDuration(ms)).toBe(expected);
  });

  it.each([
    [0, '0'],
    [999, '999'],
    [3479, '3,479'],
    [1_000_000, '1,000,000'],
  ])('%i is counted as %s', (count, expected) => expect(formatCount(count)).toBe(expected));

  it('an age is relative, and a clock that is ahead is now', () => {
    const now = new Date('2026-11-21T10:00:00Z');
    expect(formatAge(new Date('2026-11-21T09:57:00Z'), now)).toBe('3 min ago');
    expect(formatAge(new Date('2026-11-21T10:00:09Z'), now)).toBe('just now');
    expect(formatAge(null, now)).toBe('never');
  });

  it('a local ISO time is the same instant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        const date = new Date(seconds * 1000);
        expect(new Date(formatLocalIso(date)).getTime()).toBe(date.getTime());
      }),
    );
  });

  it.each([
    ['memory', 512, 768, 'memory 512 → 768 MiB'],
    ['memory', 4096, 8192, 'memory 4 → 8 GiB'],
    ['memory', 4096, 4100, 'memory 4096 → 4100 MiB'],
    ['memory', 512, 1024, 'memory 512 MiB → 1 GiB'],
    ['memory', 1536, 2048, 'memory 1.5 → 2 GiB'],
    ['pending.memory', null, 200, 'memory 200 MiB pending'],
    ['pending.memory', 200, null, 'memory 200 MiB no longer pending'],
    ['pending.memory', 2048, 4096, 'memory 2 → 4 GiB pending'],
    ['pending.delete.net1', null, true, 'net1 removal pending'],
    ['pending.delete.net1', true, null, 'net1 removal no longer pending'],
    ['swap', 512, 0, 'swap 512 MiB → 0 B'],
    ['ivshmem.size', 32, 64, 'ivshmem.size 32 → 64 MiB'],
    ['scsi0.size', 2 ** 30, 2 ** 31, 'scsi0.size 1 → 2 GiB'],
    ['scsi0.size', 32 * 2 ** 30, 32 * 2 ** 30 + 2 ** 22, 'scsi0.size 32768 → 32772 MiB'],
    ['net0.rate', 10, 20, 'net0.rate 10 → 20 MB/s'],
    ['startup.up', 30, null, 'startup.up 30 s → (none)'],
    ['cores', 2, 4, 'cores 2 → 4'],
    ['tags', ['a'], ['a', 'b'], 'tags a → a, b'],
    ['pool', null, 'prod', 'pool (none) → prod'],
    ['name', '', 'x', "name '' → x"],
  ])('a change of %s', (path, before, after, expected) => {
    expect(formatFieldChange(path, before, after)).toBe(expected);
  });

  it('an empty list is none', () => expect(formatValue('tags', [])).toBe('(none)'));
});

interface Row {
  name: string | null;
  sizeBytes: number | null;
  at?: Date;
}
const COLUMNS: readonly Column<Row>[] = [
  { key: 'name', raw: ({ name }) => name },
  {
    key: 'sizeBytes',
    header: 'SIZE',
    raw: ({ sizeBytes }) => sizeBytes,
    text: ({ sizeBytes }) => formatBytes(sizeBytes),
    align: 'right',
  },
  { key: 'at', raw: ({ at }) => at, detail: 'wide' },
  { key: 'secret', raw: () => 'x', detail: 'named' },
  { key: 'odd', raw: () => 'y', detail: (rows) => rows.some(({ name }) => name === 'odd') },
];
const keys = (columns: readonly { key: string }[]) => columns.map(({ key }) => key);

describe('columns', () => {
  it('are fewer in a table than in wide, and one may be asked for by its rows', () => {
    expect(keys(tableColumns(COLUMNS, [], false))).toEqual(['name', 'sizeBytes']);
    expect(keys(tableColumns(COLUMNS, [{ name: 'odd', sizeBytes: 1 }], false))).toEqual(['name', 'sizeBytes', 'odd']);
    expect(keys(tableColumns(COLUMNS, [], true))).toEqual(['name', 'sizeBytes', 'at', 'odd']);
  });

  it('are found by key, by header and in any spelling', () => {
    expect(keys(selectColumns(COLUMNS, ['size', 'SIZE-BYTES', 'secret']))).toEqual([
      'sizeBytes',
      'sizeBytes',
      'secret',
    ]);
  });

  it('that do not exist are a usage error with a suggestion', () => {
    expect(() => selectColumns(COLUMNS, ['nmae'])).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: "there is no column 'nmae'",
        hint: expect.stringMatching(/^did you mean name\?/),
      }),
    );
    expect(() => selectColumns(COLUMNS, ['zzzzzz'])).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/^columns: name/) }),
    );
  });

  it('sort numbers as numbers, names with their numbers, and put what is missing last either way', () => {
    const rows: Row[] = [
      { name: 'web-10', sizeBytes: 5 },
      { name: 'web-9', sizeBytes: null },
      { name: null, sizeBytes: 10 },
    ];
    const by = (key: string, isDescending: boolean) =>
      sortRows(rows, COLUMNS, [{ key, isDescending }]).map(({ name }) => name);
    expect(by('name', false)).toEqual(['web-9', 'web-10', null]);
    expect(by('name', true)).toEqual(['web-10', 'web-9', null]);
    expect(by('sizeBytes', true)).toEqual([null, 'web-10', 'web-9']);
    expect(sortRows(rows, COLUMNS, [])).toBe(rows);
  });

  it('sort by a second column where the first is equal, and by time', () => {
    const rows: Row[] = [
      { name: 'a', sizeBytes: 1, at: new Date(2) },
      { name: 'b', sizeBytes: 1, at: new Date(1) },
    ];
    const sorted = sortRows(rows, COLUMNS, [
      { key: 'size', isDescending: false },
      { key: 'at', isDescending: false },
    ]);
    expect(sorted.map(({ name }) => name)).toEqual(['b', 'a']);
  });
});

describe('a table', () => {
  const look = { now: new Date(0), isWide: false };

  const writers = { 'in a pipe': async () => new PlainTable(), 'on a terminal': async () => TerminalTable.load(false) };

  it.each(Object.entries(writers))('%s has upper-case headers, aligned columns and no borders', async (_, load) => {
    const writer = await load();
    const rows: Row[] = [
      { name: 'web', sizeBytes: 2 ** 30 },
      { name: '中文', sizeBytes: null },
    ];
    expect(writer.table(tableColumns(COLUMNS, rows, false), rows, look)).toBe(
      'NAME   SIZE\nweb   1 GiB\n中文      -\n',
    );
  });

  it.each(Object.entries(writers))('%s of many rows is as wide as the widest of them', async (_, load) => {
    const writer = await load();
    const rows: Row[] = Array.from({ length: 600 }, (_, index) => ({
      name: index === 599 ? '中文-the-longest' : 'web',
      sizeBytes: 1,
    }));
    const lines = writer.table(tableColumns(COLUMNS, rows, false), rows, look).split('\n');
    expect(lines).toHaveLength(602);
    expect(lines[0]).toBe('NAME              SIZE');
    expect(new Set(lines.slice(1, 600))).toEqual(new Set(['web                1 B']));
    expect(lines[600]).toBe('中文-the-longest   1 B');
  });

  it.each([
    ['größe → 3 …', 11],
    ['中文', 4],
    ['ｆｕｌｌ', 8],
    ['e\u0301', 1],
    ['हिन्दी', 5],
    ['👩‍👩‍👧 👍🏽 🇩🇪 ❤️', 11],
    ['✈ ①', 3],
  ])('takes %j for %i columns', (words, width) => {
    expect(textWidth(words)).toBe(width);
  });

  it('is the same text on a terminal and in a pipe', async () => {
    const [plain, terminal] = [new PlainTable(), await TerminalTable.load(false)];
    const name = fc.string({
      unit: fc.constantFrom('a', 'Z', '0', ' ', '-', '.', ':', 'é', '中', '→', '…', ESC, '\n', '\u202e'),
    });
    fc.assert(
      fc.property(fc.array(fc.record({ name, sizeBytes: fc.option(fc.nat()) }), { maxLength: 12 }), (rows: Row[]) => {
        expect(terminal.table(COLUMNS, rows, look)).toBe(plain.table(COLUMNS, rows, look));
        const pairs = rows.map((row) => ({ key: `key ${row.name ?? ''}`, value: String(row.sizeBytes) }));
        expect(terminal.plain(pairs)).toBe(plain.plain(pairs));
      }),
    );
  });

  it.each(Object.entries(writers))('%s is nothing without rows', async (_, load) => {
    const writer = await load();
    expect(writer.table(COLUMNS, [], look)).toBe('');
    expect(writer.plain([])).toBe('');
  });

  it('colours what a column says, and only then', async () => {
    const columns: readonly Column<Row>[] = (['good', 'bad', 'warn', 'dim', 'plain'] as const).map((tone) => ({
      key: tone,
      raw: () => tone,
      tone: () => tone,
    }));
    const rows: Row[] = [{ name: 'x', sizeBytes: 1 }];
    expect((await TerminalTable.load(false)).table(columns, rows, look)).not.toContain(ESC);
    expect((await TerminalTable.load(true)).table(columns, rows, look)).toContain(`${ESC}[32mgood${ESC}[39m`);
  });
});

it('CSV has raw values, quotes only, control characters escaped and formulas disarmed', async () => {
  const rows: Row[] = [
    { name: 'a,"b"', sizeBytes: 2 ** 30, at: new Date(0) },
    { name: `=cmd${ESC}`, sizeBytes: null },
  ];
  expect(await toCsv(COLUMNS.slice(0, 3), rows)).toBe(
    `name,sizeBytes,at\n"a,""b""",1073741824,1970-01-01T00:00:00.000Z\n'=cmd\\x1b,,\n`,
  );
});

it.each(['x;"=HYPERLINK(1);y', 'x;=1', 'x; ""+1', 'x;\uff1d1'])(
  'CSV disarms the formula of %s where `;` ends cells',
  async (name) => {
    const text = await toCsv(COLUMNS.slice(0, 1), [{ name, sizeBytes: null }], false);
    const cells = text.split(';').map((cell) => cell.replace(/["\s]/g, ''));
    expect(cells.filter((cell) => /^[=+@\uff1d-]/.test(cell))).toEqual([]);
  },
);

it.each([0, 1, 500, 501, 1200])('JSON of %d rows is the same in parts', (count) => {
  const rows = Array.from({ length: count }, (_, index) => ({ index, name: `a\u202e${index}`, tags: ['x'] }));
  expect([...jsonParts(rows)].join('')).toBe(toJson(rows));
});

it('JSON takes a bigint as a number', () => expect(toJson({ a: 5n })).toBe('{\n  "a": 5\n}\n'));

it('a suggestion is near, or none', () => {
  expect(nearest('lst-vms', ['list-vms', 'list-nodes'])).toBe('list-vms');
  expect(nearest('frobnicate', ['list-vms', 'list-nodes'])).toBeUndefined();
});
