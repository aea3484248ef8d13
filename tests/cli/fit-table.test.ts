import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Column } from '../../src/cli/output/column.ts';
import { escapeText } from '../../src/cli/output/escape.ts';
import { fitColumns } from '../../src/cli/output/fit-columns.ts';
import { FITTER } from '../../src/cli/output/fit-sheet.ts';
import { PlainTable } from '../../src/cli/output/plain-table.ts';
import { TerminalTable } from '../../src/cli/output/terminal-table.ts';
import { textWidth } from '../../src/cli/output/text-width.ts';
import { wrapLine, wrapText } from '../../src/cli/output/wrap.ts';
import { openWorld, type World } from '../helpers/world.ts';

describe('text is wrapped', () => {
  it.each([
    ['at words', 'first seen on pve1, running', 14, 'first seen on\npve1, running'],
    ['not inside one', 'a verylongwordindeed b', 6, 'a\nverylongwordindeed\nb'],
    ['inside a list, after a comma', 'eu-west,prod,web', 9, 'eu-west,\nprod,web'],
    ['with a number and its unit together', 'memory 4 → 8 GiB', 14, 'memory 4 →\n8 GiB'],
    ['not when it fits', 'memory 4 → 8 GiB', 16, 'memory 4 → 8 GiB'],
    ['by columns, not by characters', '中文 中文 a', 6, '中文\n中文 a'],
  ])('%s', (_name, text, width, expected) => {
    expect(wrapText(escapeText(text), width)).toBe(expected);
  });

  it('loses nothing but the spaces at its breaks', () => {
    const words = fc.array(fc.constantFrom('a', 'web', '中文', 'x,y', '8 GiB', 'verylongwordindeed'), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 30 }), (parts, width) => {
        const text = parts.join(' ');
        const wrapped = wrapText(escapeText(text), width);
        expect(wrapped.replaceAll('\n', '').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        for (const line of wrapped.split('\n')) {
          if (textWidth(line) > width) expect(line).toMatch(/^(?:[^ ,]+|\d GiB|[^ ]+,)$/);
        }
      }),
    );
  });
});

describe('columns', () => {
  const need = (natural: number, least = natural, spare?: number) => ({ natural, least, spare });

  it('stay as they are where there is room', () => {
    expect(fitColumns([need(10), need(20, 5, 1)], 32, true)).toEqual({ kept: [0, 1], widths: [10, 20] });
  });

  it('are wrapped before any is left out', () => {
    expect(fitColumns([need(10), need(60, 8), need(10, 10, 1)], 60, true)).toEqual({
      kept: [0, 1, 2],
      widths: [10, 36, 10],
    });
  });

  it('are left out by their rank, the highest first', () => {
    const needs = [need(10), need(10, 10, 1), need(10, 10, 3), need(10, 10, 2)];
    expect(fitColumns(needs, 34, true).kept).toEqual([0, 1, 3]);
    expect(fitColumns(needs, 22, true).kept).toEqual([0, 1]);
    expect(fitColumns(needs, 5, true).kept).toEqual([0]);
  });

  it('are all there when they were named, however wide that is', () => {
    expect(fitColumns([need(10), need(10, 10, 1)], 12, false)).toEqual({ kept: [0, 1], widths: [10, 10] });
  });
});

it('rows that follow are never wider than the terminal', () => {
  const writer = new PlainTable();
  const fit = { width: 40, fitter: FITTER, widths: [] };
  const columns: readonly Column<string[]>[] = [0, 1, 2].map((index) => ({
    key: `c${index}`,
    raw: (row) => row[index],
  }));
  const batches = [
    [['a', 'some words that are wrapped', 'b']],
    [['a-long-word-of-a-name', 'c', 'd']],
    [['e', 'more words that are wrapped here', 'another-long-word']],
  ];
  for (const rows of batches) {
    const lines = writer.table(columns, rows, { now: new Date(0), isWide: false }, fit).split('\n');
    expect(lines.filter((line) => textWidth(line) > 40)).toEqual([]);
  }
});

it('no line of a wrapped cell, and no first cell of the columns that stay, looks like a word of the program', async () => {
  const columns: readonly Column<string>[] = [
    { key: 'gone', raw: () => 'x'.repeat(30), spare: 1 },
    { key: 'text', raw: (text) => text },
  ];
  const texts = ['hint: FORGED', 'a long text that is wrapped error: FORGED warning: FORGED'];
  for (const writer of [new PlainTable(), await TerminalTable.load(false)]) {
    const fit = { width: 30, fitter: FITTER, mayDrop: true };
    const drawn = writer.table(columns, texts, { now: new Date(0), isWide: false }, fit);
    expect(drawn).toContain('FORGED');
    expect(drawn.split('\n').filter((line) => /^(?:error|warning|hint):/.test(line))).toEqual([]);
  }
  expect(wrapLine(escapeText('a text that hint: FORGED'), 12)).not.toMatch(/^hint:/m);
});

interface Row {
  name: string;
  note: string;
  sizeBytes: number;
}
const COLUMNS: readonly Column<Row>[] = [
  { key: 'name', raw: ({ name }) => name },
  { key: 'note', header: 'LONG NOTE', raw: ({ note }) => note },
  { key: 'sizeBytes', header: 'SIZE', raw: ({ sizeBytes }) => sizeBytes, align: 'right', spare: 1 },
];

it('a table that is fitted is the same text on a terminal and in a pipe, and in rows that follow', async () => {
  const [plain, terminal] = [new PlainTable(), await TerminalTable.load(false)];
  const text = fc.array(fc.constantFrom('a', 'web', '中文', 'x,y,z', 'longer-word'), { maxLength: 8 });
  const row = fc.record({ name: text, note: text, sizeBytes: fc.nat() });
  const look = { now: new Date(0), isWide: false };
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 6 }),
      fc.integer({ min: 5, max: 80 }),
      fc.boolean(),
      (given, width, hasHead) => {
        const rows = given.map(({ name, note, sizeBytes }) => ({
          name: name.join(' '),
          note: note.join(' '),
          sizeBytes,
        }));
        const draw = (writer: PlainTable | TerminalTable) => {
          const dropped: string[] = [];
          const fit = {
            width,
            fitter: FITTER,
            mayDrop: true,
            hasHead,
            onDropped: (heads: readonly string[]) => dropped.push(...heads),
          };
          const widths: number[] = [];
          const stream = [rows, rows.slice(1)].map((some) =>
            writer.table(COLUMNS, some, look, { width, fitter: FITTER, hasHead, widths }),
          );
          const pairs = rows.map(({ name, note }) => ({ key: `key ${name}`, value: note }));
          return [
            writer.table(COLUMNS, rows, look, fit),
            dropped,
            stream,
            writer.plain(pairs, { width, fitter: FITTER }),
          ];
        };
        expect(draw(terminal)).toEqual(draw(plain));
      },
    ),
  );
});

describe('the tables of the program', () => {
  let world: World;

  beforeAll(async () => {
    world = await openWorld({ nodes: 3, vms: 12, containers: 4 });
    await world.rollcall('discover-all');
    world.clock.advance(60_000);
    const admin = world.lab.as('admin@pve');
    admin.setConfig(100, { description: 'a description of many words that no terminal has room for in one line' });
    admin.stop(101);
    admin.migrate(103, 'pve3');
    admin.setConfig(104, { tags: 'one;two;three;four;five;six;seven;eight;nine;ten;eleven;twelve' });
    world.clock.advance(60_000);
    await world.rollcall('discover-all');
  });

  const LINES = [
    'list-guests',
    'list-vms',
    'list-containers -o wide',
    'list-nodes',
    'list-storage',
    'list-tasks',
    'list-lifecycle',
    'list-lifecycle --summary',
    'show-changes',
    'show-vm 100',
    'show 104',
    'show pve1',
    'sync-status',
    'providers list',
    'discover-all',
  ];

  it.each(LINES.flatMap((line) => [80, 100, 160].map((width) => [line, width] as const)))(
    '%s fits %i columns, and breaks no word',
    async (line, columns) => {
      const fitted = await world.rollcall(`${line} --no-color`, { io: { isTTY: true, columns } });
      const whole = await world.rollcall(line);
      expect(fitted.stdout.split('\n').filter((text) => textWidth(text) > columns)).toEqual([]);
      const known = new Set(whole.stdout.split(/[\s,]+/));
      expect(fitted.stdout.split(/[\s,]+/).filter((word) => !known.has(word))).toEqual([]);
      const left = /no room for (.*): name them/.exec(fitted.stderr)?.[1]?.split(', ') ?? [];
      expect(
        left.filter((head) => fitted.stdout.split('\n').some((text) => text.split(/ {2,}/).includes(head))),
      ).toEqual([]);
    },
  );

  it('is as wide as it is in a pipe, and says what it leaves out on a terminal', async () => {
    const { stderr } = await world.rollcall('list-guests', { io: { isTTY: true, columns: 70 } });
    expect(stderr).toMatch(
      /^no room for (?:CPUS, )?(?:DISK, )?IP, TAGS, TEMPLATE: name them with --columns, or use -o csv\n/,
    );
    expect((await world.rollcall('list-guests', { io: { columns: 20 } })).stderr).not.toContain('room');
  });

  it('--utc prints and reads times in UTC', async () => {
    const main = path.join(fileURLToPath(new URL('../..', import.meta.url)), 'dist/bin/rollcall.js');
    const { NODE_OPTIONS: _, ...outside } = process.env;
    const ask = (...args: string[]) =>
      execFileSync(process.execPath, [main, ...args], {
        env: { ...outside, ...world.env, TZ: 'America/New_York' } as NodeJS.ProcessEnv,
        stdio: 'pipe',
      }).toString();
    const line = ['show-changes', '--guest', '101', '--kind', 'changed', '--no-headers'];
    expect(ask(...line)).toMatch(/^2026-11-21 05:01:00 /);
    expect(ask(...line, '--utc')).toMatch(/^2026-11-21 10:01:00 /);
    expect(ask(...line, '--utc', '--until', '2026-11-21 10:02')).toMatch(/^2026-11-21 10:01:00 /);
    expect(ask(...line, '--until', '2026-11-21 05:01:59')).toBe('');
  });
});
