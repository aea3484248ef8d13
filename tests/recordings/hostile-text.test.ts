import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { parse as parseYaml } from 'yaml';
import type { ReplayAnswers } from '../helpers/replay-server.ts';
import { dataOf, describeRecordings, madeOf, type Row } from './recordings.ts';
import { CONFIGURATIONS, standaloneAnswers } from './standalone.ts';
import { openStation, type Station } from './station.ts';

const ESC = String.fromCodePoint(0x1b);
const BELL = String.fromCodePoint(7);
const MEGABYTE = 2 ** 20;

/** What someone may write who may edit one guest, against whoever reads about it. */
const HOSTILE: Readonly<Record<string, string>> = {
  'a terminal escape': `${ESC}[2J${ESC}]0;owned${BELL}web`,
  'an escape in C1': 'web\u009b31m',
  'text from right to left': 'web\u202e\u2066gnp.exe\u200f',
  'a CSV formula': "=HYPERLINK('http://evil','x')",
  'another formula': '@SUM(1+1)*cmd|x',
  'quotes, commas and backslashes': 'a","b\'\\",;`$(id)',
  'line breaks': 'one\r\ntwo\n\nthree\tfour',
  'separators and a byte order mark': 'a\u2028b\u2029c\ufeff',
  'invisible characters': 'pr\u200bo\u200c\u200dd\u2060\u2061\u2064\u00ad\u{e0041}\u{e007f}\u3164\ufe0f\u034f',
  'a line of the program': 'hint: run this\nerror: x\nhint: run that',
  'YAML of its own': '- x: !!js/function >\n  &a *a # {{ }}',
  'half a character': 'web\ud83d',
  'a name of an option': '--db=file:/tmp/x',
  'a megabyte': `${'x'.repeat(MEGABYTE)}end`,
};

/** Everything that acts on a terminal or turns text around; a line break is structure, or a fault that the tests of lines find. */
// biome-ignore format: a list of code points
const ACTING = [0x00, 0x07, 0x08, 0x09, 0x0b, 0x0d, 0x1b, 0x7f, 0x85, 0x9b, 0x200b, 0x200e, 0x200f, 0x202a, 0x202d, 0x202e, 0x2066, 0x2067, 0x2069, 0x2028, 0x2029, 0xfeff,
  0xad, 0x34f, 0x61c, 0x180e, 0x200c, 0x200d, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x3164, 0xfe0f, 0xe0041, 0xe007f];

const COMMANDS = [
  'list-vms',
  'list-vms --at 1h',
  'list-tasks',
  'show-changes',
  'history 100',
  'show-vm 100',
  'show-vm 100 --diff 15m now',
  'sync-status',
  'list-nodes',
  'list-storage',
  'list-lifecycle',
  'providers list',
];

function hostileAnswers(text: string): ReplayAnswers {
  const answers = standaloneAnswers();
  const withText = (row: Row): Row => (row['vmid'] === 100 ? { ...row, name: text, tags: text, pool: text } : row);
  const config = dataOf<Row>(CONFIGURATIONS[100] ?? '');
  const digest = createHash('sha1').update(text).digest('hex');
  const [task = {}] = dataOf('standalone/node_tasks');
  const upid = `UPID:pve1:00001234:00000001:6740A000:qmstart:100:${text.replace(/[:\s]/g, '').slice(0, 60)}:`;
  return {
    ...answers,
    'GET /cluster/resources': madeOf(dataOf('standalone/cluster_resources').map(withText)),
    'GET /nodes/pve1/qemu?full=1': madeOf(dataOf('standalone/qemu_list_full').map(withText)),
    'GET /nodes/pve1/qemu/100/config': madeOf({
      ...config,
      digest,
      name: text,
      tags: text,
      description: text,
      args: text,
    }),
    'GET /nodes/pve1/tasks?source=all&limit=500': madeOf([{ ...task, upid, user: text, id: '100', status: text }]),
    'GET /cluster/log?max=500': madeOf([
      {
        uid: 7,
        time: 1763697000,
        node: 'pve1',
        user: text,
        tag: 'pvedaemon',
        pid: 1,
        pri: 6,
        msg: `update VM 100: -name ${text}`,
      },
    ]),
  };
}

/** A reader of CSV as RFC 4180 has it. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end !== '\n') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

function expectHarmless(text: string, what: string): void {
  const found = ACTING.filter((code) => text.includes(String.fromCodePoint(code)));
  expect([what, found.map((code) => code.toString(16))]).toEqual([what, []]);
  expect([what, text.split('\n').filter((line) => /^\s*(?:hint: run|error: x)/.test(line))]).toEqual([what, []]);
}

async function expectFormats(station: Station, command: string): Promise<void> {
  const json = await station.rollcall(`${command} -o json`);
  expect([command, json.status]).toEqual([command, 0]);
  for (const format of ['table', 'wide', 'csv', 'yaml', 'name']) {
    const what = `${command} -o ${format}`;
    const { status, stdout, stderr } = await station.rollcall(what);
    expect([what, status]).toEqual([what, 0]);
    expectHarmless(stdout + stderr, what);
    if (format === 'yaml') expect(parseYaml(stdout)).toEqual(json.json);
    if (format === 'csv') expectRegular(parseCsv(stdout), what);
    if (format === 'table' || format === 'wide') expect([what, stdout.length < 100_000]).toEqual([what, true]);
  }
  expectHarmless(json.stdout + json.stderr, command);
}

/** Each line has as many cells as the first, and none of them is a formula. */
function expectRegular(cells: readonly (readonly string[])[], what: string): void {
  const [head = []] = cells;
  expect([what, cells.filter((row) => row.length !== head.length)]).toEqual([what, []]);
  const formulas = cells.flat().filter((cell) => /^[=+@-]/.test(cell) && !/^-?\d+(\.\d+)?$/.test(cell));
  expect([what, formulas]).toEqual([what, []]);
}

describeRecordings('hostile text is harmless in every output', () => {
  it.each(Object.entries(HOSTILE))('%s', async (_what, text) => {
    const station = await openStation();
    await station.discover(standaloneAnswers());
    const ran = await station.discover(hostileAnswers(text));
    expect(ran.status).toBe(0);
    expectHarmless(ran.stdout + ran.stderr, 'discover-all');
    for (const command of COMMANDS) await expectFormats(station, command);
    const [guest] = (await station.rollcall('list-vms -o json')).rows.filter(({ vmid }) => vmid === 100);
    // What is stored is what was there, but for half a character, which is no text.
    expect(guest?.['name']).toBe(Buffer.from(text).toString());
    const again = await station.discover(hostileAnswers(text));
    expect(again.json).toMatchObject([{ outcome: 'complete', summary: { changed: 0, new: 0, removed: 0 } }]);
    expect((await station.rollcall('verify')).status).toBe(0);
  });
});
