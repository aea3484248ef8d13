import { beforeAll, describe, expect, it } from '@jest/globals';
import { openWorld, type World } from '../helpers/world.ts';
import { until } from '../watch/processes.ts';

let world: World;

/** The lines of a table, without its headers. */
async function table(line: string): Promise<string[]> {
  const { stdout } = await world.rollcall(line);
  return stdout.split('\n').slice(1, -1);
}

const squeezed = (lines: readonly string[]) => lines.map((line) => line.replace(/ {2,}/g, ' | '));

beforeAll(async () => {
  world = await openWorld();
  await world.rollcall('discover-all');
  world.clock.advance(60_000);
  world.lab.as('admin@pve').stop(102);
  world.clock.advance(60_000);
  world.lab.as('alice@pve').setConfig(102, { memory: '8192', cores: '4' });
  world.lab.as('alice@pve').setConfig(200, { memory: '1024' });
  world.clock.advance(60_000);
  await world.rollcall('discover-all');
});

describe('a page tells a story', () => {
  it('in time order, one row for one action, totals for a first run, with units', async () => {
    const { stdout, stderr } = await world.rollcall('show-changes --flat');
    expect(stdout.split('\n')[0]).toMatch(/^TIME +KIND +RESOURCE +CHANGE +BY +HOW$/);
    expect(squeezed(stdout.split('\n').slice(1, -1))).toEqual([
      '2026-11-21 10:00:00 | created | lab | first seen: 2 nodes, 3 virtual machines, 1 container, 6 storages | - | -',
      '2026-11-21 10:01:00 | changed | lab/102 app-03 | status running → stopped | admin@pve | qmstop',
      '2026-11-21 10:02:00 | changed | lab/102 app-03 | cores 2 → 4, memory 4 → 8 GiB | alice@pve | update VM',
      '2026-11-21 10:03:00 | changed | lab/200 ct-app-01 | memory 512 MiB → 1 GiB | unknown | -',
    ]);
    expect(stderr).toBe('lab: as of just now, complete\n');
  });

  it('-o wide has each field, the window of what nobody is known for, and every resource', async () => {
    const { stdout } = await world.rollcall('show-changes -o wide');
    expect(stdout).toMatch(/cores 2 → 4 +alice@pve[^\n]*\n[^\n]* memory 4 → 8 GiB +alice@pve/);
    expect(stdout).toMatch(/memory 512 MiB → 1 GiB +unknown, between 10:00:00 and 10:03:00 /);
    expect(stdout.match(/first seen/g)).toHaveLength(12);
  });

  it('leaves HOW out where nothing is known of it', async () => {
    const { stdout } = await world.rollcall('show-changes --flat --by unknown --kind changed');
    expect(stdout.split('\n')[0]).toMatch(/^TIME +KIND +RESOURCE +CHANGE +BY$/);
  });

  it('dims unknown on a terminal', async () => {
    const { stdout } = await world.rollcall('show-changes --flat --kind changed', {
      io: { isTTY: true, columns: 160 },
    });
    expect(stdout).toContain('\u001b[2munknown\u001b[22m');
    expect(stdout).not.toContain('\u001b[2malice');
  });

  it('JSON and CSV have every field of every resource, in time order too', async () => {
    const { rows } = await world.rollcall('show-changes -o json');
    expect(rows).toHaveLength(16);
    expect(rows.slice(-4).map(({ path }) => path)).toEqual(['status', 'cores', 'memory', 'memory']);
    expect((await world.rollcall('show-changes -o csv --no-headers')).stdout.trim().split('\n')).toHaveLength(16);
  });
});

describe('a limit', () => {
  it('says how many more there are, and counts the first run whole where it is cut', async () => {
    const ran = await world.rollcall('show-changes --flat --limit 2');
    expect(squeezed(ran.stdout.split('\n').slice(1, -1))).toHaveLength(2);
    expect(ran.stderr).toMatch(/^and 13 more before these: /);
    const cut = await world.rollcall('show-changes --limit 5');
    expect(cut.stdout).toContain('first seen: 2 nodes, 3 virtual machines, 1 container, 6 storages');
    expect(cut.stderr).toBe('lab: as of just now, complete\n');
    const vms = await world.rollcall('show-changes --limit 4 --kind vm');
    expect(vms.stdout).toContain('first seen: 3 virtual machines');
    expect(vms.stderr).toBe('lab: as of just now, complete\n');
  });

  it.each([
    ['--limit 1 --path memory', 5],
    ['--limit 1 --by alice@pve', 0],
    ['--limit 1 --kind changed', 2],
    ['--limit 1 --kind container', 1],
    ['--limit 1 --provider lab --until 150s', 11],
  ])('with %s: %i more', async (filters, more) => {
    const { stderr } = await world.rollcall(`show-changes ${filters}`);
    const all = await world.rollcall(`show-changes ${filters} --limit 0 -o json`);
    const changes = new Set(all.rows.map(({ rev, seq }) => `${String(rev)}/${String(seq)}`)).size;
    expect(changes - 1).toBe(more);
    const counted = /^and ([\d,]+) more/.exec(stderr)?.[1] ?? '0';
    // A first run that is cut is counted in its row.
    const stories = await table(`show-changes --flat ${filters}`);
    if (!stories.join().includes('first seen:')) expect(Number(counted)).toBe(more);
  });

  it('is 100 in a table, with commas in what is left, and none in JSON', async () => {
    const many = await openWorld({ vms: 140 });
    await many.rollcall('discover-all');
    for (const { vmid } of many.lab.guests().filter(({ kind }) => kind === 'qemu')) {
      many.lab.as('admin@pve').setConfig(vmid, { description: 'x' });
    }
    many.clock.advance(60_000);
    await many.rollcall('discover-all');
    const page = await many.rollcall('show-changes --flat --kind changed');
    expect(page.stdout.split('\n')).toHaveLength(102);
    expect(page.stderr).toMatch(/^and 40 more before these/);
    expect((await many.rollcall('show-changes --kind changed -o json')).rows).toHaveLength(140);
    expect((await many.rollcall('show-changes --flat --kind changed --limit 0')).stdout.split('\n')).toHaveLength(142);
  });

  it('of tasks says that there are more', async () => {
    expect((await world.rollcall('list-tasks --limit 1')).stderr).toMatch(/^and more before these: /);
    expect((await world.rollcall('list-tasks --limit 1000')).stderr).not.toMatch(/more/);
  });
});

describe('one vocabulary', () => {
  it.each([
    ['new', 'created'],
    ['gone', 'removed'],
    ['Changed', 'changed'],
    ['new,vm', 'created,vm'],
    ["'rolled back'", 'rolled-back'],
    ['first-seen', 'created'],
    ["'first seen'", 'created'],
  ])('--kind %s is %s', async (word, same) => {
    const { rows, status } = await world.rollcall(`show-changes --kind ${word} -o json`);
    expect(status).toBe(0);
    expect(rows).toEqual((await world.rollcall(`show-changes --kind ${same} -o json`)).rows);
  });

  it('has the words of JSON in every table', async () => {
    const kinds = async (line: string) => [...new Set((await world.rollcall(line)).rows.map(({ kind }) => kind))];
    const inJson = await kinds('show-changes -o json');
    const inTable = new Set((await table('show-changes --columns kind --limit 0')).map((line) => line.trim()));
    expect([...inTable]).toEqual(inJson);
  });
});

it('--follow goes on with what is recorded, in the same columns, until it is ended', async () => {
  const end = new AbortController();
  let said = '';
  const io = { signal: end.signal, stdout: (text: string) => void (said += text) };
  const following = world.rollcall('show-changes --flat --kind changed --follow --limit 1', { io });
  let json = '';
  const asJson = world.rollcall('show-changes --follow -o json', {
    io: { signal: end.signal, stdout: (text: string) => void (json += text) },
  });
  await until('the last change', () => said.includes('1 GiB'));
  world.clock.advance(60_000);
  world.lab.as('admin@pve').setConfig(102, { cores: '8' });
  await world.rollcall('discover-all --quiet');
  await until('the news', () => said.includes('cores 4 → 8') && json.includes('"after":8,'));
  end.abort();
  expect([(await following).status, (await asJson).status]).toEqual([0, 0]);
  const [head = '', , news = ''] = said.split('\n');
  expect(squeezed([news])).toEqual([
    '2026-11-21 10:04:00 | changed | lab/102 app-03 | cores 4 → 8 | admin@pve | update VM',
  ]);
  expect(news.indexOf('admin@pve')).toBe(head.indexOf('BY'));
  const lines = json
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(lines.at(-1)).toMatchObject({ path: 'cores', before: 4, after: 8, actor: 'admin@pve' });
  expect(await world.rollcall('show-changes --follow --until now')).toEqual({
    status: 2,
    stdout: '',
    stderr:
      'error: --follow does not end by itself\nhint: leave out --until, --summary, --graph, --exit-code and --sort\n',
  });
});

describe('what a run tells', () => {
  it('are totals at first, and its summary above and below what it lists', async () => {
    const fresh = await openWorld({ vms: 80 });
    const first = await fresh.rollcall('discover-all');
    expect(first.stdout).toBe(
      'lab: 81 guests, 89 first seen (complete)\n  first seen: 2 nodes, 80 virtual machines, 1 container, 6 storages\n',
    );
    fresh.clock.advance(60_000);
    fresh.lab.as('admin@pve').stop(100);
    const lines = (await fresh.rollcall('discover-all')).stdout.trim().split('\n');
    expect(lines[0]).toBe('lab: 81 guests, 1 changed (complete)');
    expect(lines.at(-1)).toBe(lines[0]);
    expect(lines).toHaveLength(4);
  });
});
