import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Lab } from '../../src/lab/lab.ts';
import '../../src/cli/watch/run-watch.ts';
import { NUL_SIGN } from '../../src/types/nul-sign.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { type ReplayAnswer, type ReplayServer, startReplay } from '../helpers/replay-server.ts';
import { openWorld, type World } from '../helpers/world.ts';
import { call } from '../lab/client.ts';
import { until } from '../watch/processes.ts';
import { everyHostileText, expectHarmless, hostileText } from './hostile-text.ts';

const COMMANDS = [
  'discover-all',
  'sync-status -o wide',
  'list-nodes -o wide',
  'list-vms -o wide',
  'list-storage -o wide',
  'list-tasks -o wide',
  'list-lifecycle -o wide --within 9999y',
  'show-changes -o wide',
  'show-vm 100',
  'providers test',
  'doctor',
  'verify',
  'discover-all -o json',
  'list-vms -o json',
  'list-tasks -o yaml',
  'list-vms -o csv',
];
const REFUSED = [
  'discover-all',
  'discover-all --verbose',
  'discover-all --quiet',
  'providers test',
  'doctor',
  'sync-status',
];
/** What the program finds its way by: without these there is nothing to show. */
const KEPT = /^(?:type|level|ip|digest|uuid|vmgenid|csrfpreventiontoken|ticket|.*fingerprint|pem|release|version)$/i;

/** How ora moves the cursor. */
const SPINNER = new RegExp(`${String.fromCodePoint(0x1b)}\\[(?:\\d*[AGJK]|\\?(?:25|2026)[hl])`, 'g');

let world: World;
let server: ReplayServer;
let hostile = '';
/** In place of every answer. */
let refusal: 401 | 500 | null = null;
let databases = 0;

beforeAll(async () => {
  world = await openWorld({ nodes: 2, vms: 3, containers: 1 });
  server = await startReplay({}, { date: () => world.clock.now(), onRequest: (key) => answer(world.lab, key) });
}, 60_000);
afterAll(() => server.close());

/** The lab's answer with a hostile text in every text; or a refusal made of one. */
async function answer(lab: Lab, key: string): Promise<ReplayAnswer> {
  const [method = '', target = ''] = key.split(' ');
  if (refusal !== null) return { status: refusal, reason: 'no', body: { data: null, message: hostile } };
  const plain = decodeURIComponent(target).replaceAll(shown(hostile), '').replaceAll(hostile, '');
  const { status, reason, json } = await call(lab, method, encodeURI(plain));
  return { status, reason, headers: { 'Content-Type': 'application/json' }, body: inside(json) as object };
}

/** As JSON carries it over the wire and a URL back: half a character does not survive, and NUL is kept as its sign. */
function shown(text: string): string {
  return Buffer.from(text).toString().replaceAll('\0', NUL_SIGN);
}

function inside(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return KEPT.test(key) || /^[\d.]*$/.test(value) ? value : value + hostile;
  if (Array.isArray(value)) return value.map((item) => inside(item, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, inside(item, name)]));
}

async function environment() {
  return {
    DATABASE_URL: await databaseAt(path.join(world.dir, `hostile-${++databases}.db`)),
    PROXMOX_VE_ENDPOINT: server.url,
    PROXMOX_VE_FINGERPRINT: server.fingerprint,
    PROXMOX_VE_CA_FILE: undefined,
  };
}

/** Lines that the program itself begins with one of its words. */
function labelled(text: string): string[] {
  return text.split('\n').filter((line) => /^(?:error|warning|hint):/.test(line));
}

/** What all commands print about this server, and how many of the lines are words of the program. */
async function shownHarmless(text: string): Promise<{ printed: string; labels: Record<string, number> }> {
  hostile = text;
  const env = await environment();
  const labels: Record<string, number> = {};
  let printed = '';
  const run = async (line: string, io: { isTTY?: boolean; columns?: number } = {}) => {
    const ran = await world.rollcall(line, { env, io });
    printed += ran.stdout + ran.stderr;
    expectHarmless(ran.stdout + ran.stderr, `${line} ${refusal}`);
    expect([line, ran.stderr]).toEqual([line, expect.not.stringContaining('this is a bug')]);
    labels[`${line} ${refusal}`] = labelled(ran.stdout + ran.stderr).length;
  };
  refusal = null;
  for (const [index, line] of COMMANDS.entries()) await run(line, { isTTY: index % 2 === 0, columns: 80 });
  for (refusal of [401, 500] as const) for (const line of REFUSED) await run(line);
  return { printed, labels };
}

describe('a server that answers with hostile text', () => {
  it('in every field is shown without harm', async () => {
    const plain = await shownHarmless('-plain');
    const { printed, labels } = await shownHarmless(everyHostileText);
    expect(printed).toContain('pve1x\\x1b[2J');
    expect(printed).toMatch(/^error: .*x\\x1b\[2J/m);
    expect(labels).toEqual(plain.labels);
    expect(Object.values(labels).some((count) => count > 0)).toBe(true);
  }, 120_000);

  it('of any kind is shown without harm', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        await shownHarmless(text);
      }),
      { numRuns: 6 },
    );
  }, 300_000);

  it('is shown by the spinner of a terminal without harm', async () => {
    hostile = everyHostileText;
    refusal = null;
    const { stderr } = await world.rollcall('discover-all', {
      env: { ...(await environment()) },
      io: { isErrTTY: true, columns: 400 },
    });
    expect(stderr).toContain('lab: ');
    expectHarmless(stderr.replaceAll(SPINNER, ''), 'spinner');
  });

  it.each(['text', 'json'])('is logged by watch as %s without harm', async (format) => {
    hostile = everyHostileText;
    const said = { stdout: '', stderr: '' };
    const end = new AbortController();
    refusal = 401;
    const ended = world.rollcall(`watch --interval 1s --retry-after 1s --no-feeds --log-format ${format}`, {
      env: await environment(),
      io: {
        signal: end.signal,
        clock: () => new Date(),
        stdout: (text) => {
          said.stdout += text;
        },
        stderr: (text) => {
          said.stderr += text;
        },
      },
    });
    await until('the refusal is told', () => said.stderr.includes('x\\x1b[2J') || said.stderr.includes('x\\u001b[2J'));
    refusal = null;
    await until('a run', () => said.stdout !== '');
    end.abort();
    await ended;
    expectHarmless(said.stdout + said.stderr, 'watch');
    const lines = said.stderr.trimEnd().split('\n');
    expect(
      lines.filter((line) => !/^(?:\{"time":".*\}|\d{4}-\d\d-\d\dT\S+ (?:info|warn|error) .*)$/.test(line)),
    ).toEqual([]);
  });
});
