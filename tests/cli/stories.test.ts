import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { graphDays } from '../../src/cli/changes/change-graph.ts';
import { toStories } from '../../src/cli/changes/change-stories.ts';
import type { ChangeRecord } from '../../src/types/change-record.ts';
import { openWorld, type World } from '../helpers/world.ts';

let world: World;
const NOTES = Array.from({ length: 12 }, (_, line) => `line ${line} of the notes`);

beforeAll(async () => {
  world = await openWorld();
  const { lab, clock } = world;
  const discover = async (minutes: number) => {
    clock.advance(minutes * 60_000);
    await world.rollcall('discover-all --quiet');
  };
  await discover(0);
  clock.advance(60_000);
  lab.as('admin@pve').stop(102);
  clock.advance(60_000);
  lab.as('alice@pve').setConfig(102, { memory: '8192', cores: '4' });
  lab.as('bob@pve').setConfig(102, { description: NOTES.join('\n') });
  lab.as('alice@pve').setConfig(200, { memory: '1024' });
  await discover(1);
  clock.advance(86_400_000);
  lab.as('bob@pve').setConfig(102, { description: NOTES.join('\n').replace('line 7', 'line seven') });
  lab.as('root@pam').migrate(102, 'pve2');
  await discover(1);
  lab.node('pve2').powerOff();
  await discover(60);
  lab.node('pve2').powerOn();
  await discover(1);
  lab.as('root@pam').stop(100);
  lab.as('root@pam').destroy(100);
  await discover(1);
  lab.as('root@pam').create('qemu', { vmid: 100, name: 'new-100' });
  await discover(1);
});

const DAY_ONE = `2026-11-21 10:00:00  lab                first seen: 2 nodes, 3 virtual machines, 1 container, 6 storages
2026-11-21 10:01:00  lab/102 app-03     changed by admin@pve (qmstop)
    status running → stopped
2026-11-21 10:02:00  lab/102 app-03     changed by alice@pve (update VM)
    cores 2 → 4
    memory 4 → 8 GiB
2026-11-21 10:02:00  lab/102 app-03     changed by bob@pve (update VM)
    description (none) → line 0 of the notes\\nline 1 of the notes\\nline 2 of the notes\\nline 3 of the notes\\nline 4 of the notes\\n… (241 characters)
2026-11-21 10:03:00  lab/200 ct-app-01  changed by unknown, between 10:00:00 and 10:03:00
    memory 512 MiB → 1 GiB
`;

describe('show-changes', () => {
  it('has one line for each action, and its fields below', async () => {
    expect((await world.rollcall('show-changes --until 2026-11-21T10:05:00Z')).stdout).toBe(DAY_ONE);
  });

  it('--flat is a table with one row for each action', async () => {
    const { stdout } = await world.rollcall('show-changes --flat --by alice@pve');
    expect(stdout.replace(/ {2,}/g, ' | ')).toBe(
      'TIME | KIND | RESOURCE | CHANGE | BY | HOW\n' +
        '2026-11-21 10:02:00 | changed | lab/102 app-03 | cores 2 → 4, memory 4 → 8 GiB | alice@pve | update VM\n',
    );
  });

  it('-p has whole values, long ones line by line', async () => {
    const { stdout } = await world.rollcall('show-changes -p --by alice@pve,bob@pve --since 2026-11-21T10:01:00Z');
    const same = (line: number) => `      ${NOTES[line]}\n`;
    expect(stdout).toBe(
      `2026-11-21 10:02:00  lab/102 app-03  changed by alice@pve (update VM)
    - cores: 2
    + cores: 4
    - memory: 4 GiB
    + memory: 8 GiB
2026-11-21 10:02:00  lab/102 app-03  changed by bob@pve (update VM)
      description:
${NOTES.map((note) => `    + ${note}\n`).join('')}` +
        `2026-11-22 10:03:00  lab/102 app-03  changed by bob@pve (update VM)
      description:
${[0, 1, 2, 3, 4, 5, 6].map(same).join('')}    - line 7 of the notes
    + line seven of the notes
${[8, 9, 10, 11].map(same).join('')}`,
    );
    const created = await world.rollcall('show-changes -p --kind created --guest 100 --limit 1');
    expect(created.stdout).toMatch(/created on pve1, stopped, by root@pam \(qmcreate\)\n(?: {4}\+ [\w.]+: .+\n)+$/);
  });

  it('--graph draws each day, a bar an hour', async () => {
    expect((await world.rollcall('show-changes --graph --kind vm')).stdout).toBe(
      `DAY         0     6     12    18      ACTIONS  CHANGES  PEOPLE
2026-11-21  ··········█·············        3        3       3
2026-11-22  ··········▆▆············        4        4       2
`,
    );
    const { rows } = await world.rollcall('show-changes --graph -o json');
    expect(rows).toMatchObject([{ day: '2026-11-21', actions: 4 }, { day: '2026-11-22' }]);
    expect(rows[0]?.['hours']).toHaveLength(24);
  });

  it.each(['--flat -p', '--flat --graph', '--graph --summary', '-p --summary guest'])(
    '%s is refused',
    async (flags) => {
      const { status, stderr } = await world.rollcall(`show-changes ${flags}`);
      expect(status).toBe(2);
      expect(stderr).toMatch(/^error: option .* cannot be used with option .*\nhint: /);
    },
  );

  it('says the same in JSON, whatever the look of a table', async () => {
    const plain = await world.rollcall('show-changes -o json');
    expect(await world.rollcall('show-changes -o json -p')).toEqual(plain);
    expect(await world.rollcall('show-changes -o json --flat')).toEqual(plain);
  });

  it('fits 80 columns, and colour is the only difference that it makes', async () => {
    for (const line of ['show-changes', 'show-changes -p', 'history 102', 'show-changes --graph']) {
      const coloured = await world.rollcall(line, { io: { isTTY: true, columns: 80 } });
      const plain = await world.rollcall(line, { io: { isTTY: true, columns: 80 }, env: { NO_COLOR: '1' } });
      expect(plain.stdout.split('\n').filter((text) => text.length > 80)).toEqual([]);
      expect(plain.stdout).not.toContain('\u001b');
      expect(stripVTControlCharacters(coloured.stdout)).toBe(plain.stdout);
    }
    const { stdout } = await world.rollcall('show-changes', { io: { isTTY: true, columns: 80 } });
    expect(stdout).toContain(
      'changed by \u001b[2munknown, between 10:00:00 and\u001b[22m\n        \u001b[2m10:03:00\u001b[22m\n',
    );
    expect(stdout).toContain('\u001b[31mremoved\u001b[39m from pve1');
  });
});

describe('history', () => {
  it('is the whole life of a guest: changes, moves, and when nobody could see it', async () => {
    const { stdout } = await world.rollcall('history 102');
    expect(stdout.slice(stdout.indexOf('HISTORY'))).toBe(`HISTORY
2026-11-21 10:00:00  first seen on pve1, running
2026-11-21 10:01:00  changed by admin@pve (qmstop)
    status running → stopped
2026-11-21 10:02:00  changed by alice@pve (update VM)
    cores 2 → 4
    memory 4 → 8 GiB
2026-11-21 10:02:00  changed by bob@pve (update VM)
${DAY_ONE.split('\n')[7]}
2026-11-22 10:03:00  changed by bob@pve (update VM)
    description removed line 7 of the notes; added line seven of the notes
2026-11-22 10:03:00  migrated by root@pam (qmigrate)
    node pve1 → pve2
2026-11-22 11:04:00  unobservable for 1 min: node pve2 is offline
`);
  });

  it('names the guests that had the vmid before, which have a history of their own', async () => {
    const { stdout } = await world.rollcall('history 100');
    const [, id = ''] =
      /\nBEFORE IT\nvm web-01, first seen 2026-11-21 10:00:00, gone 2026-11-22 11:06:00: rollcall history (\w+)\n$/.exec(
        stdout,
      ) ?? [];
    const before = await world.rollcall(`history ${id}`);
    expect(before.stdout).toMatch(/^presence +gone/m);
    expect(before.stdout).toMatch(/removed from pve1, by root@pam \(qmdestroy\)\n$/);
    const life = (await world.rollcall(`history 100 -o json`)).json;
    expect(life).toMatchObject({ vmid: 100, previous: [{ id, name: 'web-01' }], unobservable: [], history: [{}] });
  });

  it('is of nodes and storages too, and of a part of the time', async () => {
    expect((await world.rollcall('history node/pve2')).stdout).toContain('status online → offline');
    const part = await world.rollcall('history 102 --since 2026-11-22T11:00:00Z');
    expect(part.stdout).toMatch(/\nHISTORY\n[^\n]+unobservable for 1 min[^\n]+\n$/);
    expect((await world.rollcall('history nosuch')).stderr).toMatch(/^error: .*nosuch.*\nhint: /);
  });
});

const at = new Date(0);
const record = (more: Partial<ChangeRecord>): ChangeRecord => ({
  rev: 2,
  seq: 0,
  runId: 'r',
  provider: 'lab',
  resourceType: 'guest',
  resourceKind: 'qemu',
  resourceId: 'g',
  vmid: 100,
  name: 'web',
  kind: 'changed',
  event: null,
  path: 'memory',
  before: 1,
  after: 2,
  actor: 'alice@pve',
  token: null,
  source: 'log',
  via: 'update VM',
  ref: 'pve1/7',
  confidence: 'exact',
  observedAt: at,
  effectiveAt: at,
  notBefore: at,
  isPruned: false,
  explainedAt: null,
  ...more,
});

it('a graph has room for more actions than a call has for arguments', () => {
  const time = (seq: number) => new Date(seq % 2 === 0 ? 0 : 3 * 86_400_000);
  const records = Array.from({ length: 150_000 }, (_, seq) =>
    record({ seq, ref: null, observedAt: time(seq), effectiveAt: null }),
  );
  expect(graphDays(records).map(({ actions }) => actions)).toEqual([75_000, 0, 0, 75_000]);
});

describe('two changes are one story', () => {
  const storiesOf = (more: Partial<ChangeRecord>, base: Partial<ChangeRecord> = {}) =>
    toStories([record(base), record({ ...base, seq: 1, path: 'cores', ...more })]).length;

  it('where one record of the server explains both', () => {
    expect(storiesOf({})).toBe(1);
  });

  it.each<Partial<ChangeRecord>>([
    { resourceId: 'other' },
    { rev: 3 },
    { actor: 'bob@pve' },
    { actor: null },
    { token: 'deploy' },
    { ref: 'pve1/8' },
    { source: 'task' },
    { confidence: 'likely' },
    { via: 'qmstart' },
    { event: 'from-log' },
  ])('but not with another %o', (more) => {
    expect(storiesOf(more)).toBe(2);
  });

  it('and never of what no record explains: nobody knows that one hand made both', () => {
    const unknown = {
      actor: null,
      ref: null,
      via: null,
      source: 'none',
      confidence: 'none',
      effectiveAt: null,
    } as const;
    expect(storiesOf({}, unknown)).toBe(2);
    expect(storiesOf({ seq: 0 }, unknown)).toBe(1);
    expect(storiesOf({}, { ref: null })).toBe(2);
  });
});
