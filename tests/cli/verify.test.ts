import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { openWorld, type World } from '../helpers/world.ts';

let world: World;
/** Of the first revision. */
let head: string;
const OTHER = `1:${'0'.repeat(64)}`;

beforeAll(async () => {
  world = await openWorld();
  await world.rollcall('discover-all');
  head = (await verifyJson()).head;
  const { lab, clock } = world;
  lab.as('alice@pve').setConfig(100, { memory: 512 });
  clock.advance(60_000);
  await world.rollcall('discover-all');
});

async function verifyJson(options = ''): Promise<{ ok: boolean; head: string; proved: string[]; problems: unknown[] }> {
  const ran = await world.rollcall(`verify -o json ${options}`);
  return ran.json as Awaited<ReturnType<typeof verifyJson>>;
}

async function sql(statement: string): Promise<void> {
  const connection = await openDatabase(world.databaseUrl);
  expect(await connection.db.$executeRawUnsafe(statement)).toBeGreaterThan(0);
  await connection.close();
}

it('`verify` prints the head of the chain in every format', async () => {
  const { head: last } = await verifyJson();
  expect(last).toMatch(/^2:[0-9a-f]{64}$/);
  for (const format of ['table', 'wide', 'yaml']) {
    expect((await world.rollcall(`verify -o ${format}`)).stdout).toContain(last);
  }
  const note = { status: EXIT.done, stderr: `head ${last}\n` };
  expect(await world.rollcall('verify -o csv')).toEqual({ ...note, stdout: 'where,message\n' });
  expect(await world.rollcall('verify -o name')).toEqual({ ...note, stdout: '' });
});

it('`verify -o json` lists what is covered and what is not', async () => {
  expect(await verifyJson()).toMatchObject({
    covered: { revisions: expect.arrayContaining(['hash']), guests: expect.arrayContaining(['document']) },
    partlyCovered: { audit_records: { pid: 'of lines of logs that a change of format 2 refers to' } },
    notCovered: { sync_runs: expect.arrayContaining(['outcome']), guests: expect.arrayContaining(['lastSeenAt']) },
  });
});

it('`verify --head` finds a head that was kept in the chain, and tells of one that is not there', async () => {
  const { stdout } = await world.rollcall(`verify --head ${head}`);
  expect(stdout).toMatch(/^the history is whole: .*\n1 kept head found in the chain\nhead 2:/);
  const ran = await world.rollcall(`verify -o csv --head ${head},${OTHER}`);
  expect(ran.status).toBe(EXIT.failed);
  expect(ran.stdout).toBe('where,message\nrevision 1,has another hash than the head that was kept\n');
});

it('`verify --head-file` takes what an earlier run printed, in any form', async () => {
  const table = path.join(world.dir, 'kept, by night');
  writeFileSync(table, (await world.rollcall('verify')).stdout);
  writeFileSync(path.join(world.dir, 'log'), `2026-11-21 ${head} true\n2026-11-22 ${head} true\n`);
  const ran = await world.rollcall(['verify', '-o', 'json', '--head-file', table, '--head-file', 'log']);
  expect(ran).toMatchObject({ status: EXIT.done, json: { proved: [expect.stringMatching(/^2:/), head, head] } });
  writeFileSync(path.join(world.dir, 'log'), OTHER);
  expect((await world.rollcall('verify --head-file log')).status).toBe(EXIT.failed);
});

it.each([
  ['verify --head 12', "error: '12' is not a head\nhint: a head is REVISION:HASH, as `rollcall verify` prints it\n"],
  ['verify --head-file nothing', /^error: \S+nothing cannot be read \(ENOENT\)\n$/],
  ['verify --head-file .', /^error: \S+ is not a file of at most 16 MiB\n$/],
  [
    'verify --head-file empty',
    'error: There is no head in empty\nhint: a head is REVISION:HASH, as `rollcall verify` prints it\n',
  ],
])('%s is refused', async (line, stderr) => {
  writeFileSync(path.join(world.dir, 'empty'), 'the history is whole\n');
  const expected: unknown = typeof stderr === 'string' ? stderr : expect.stringMatching(stderr);
  expect(await world.rollcall(line)).toEqual({ status: EXIT.usage, stdout: '', stderr: expected });
});

it('`verify` finds another message in the line of the log that a change refers to', async () => {
  const edit = (from: string, to: string) =>
    sql(`UPDATE audit_records SET text = REPLACE(text, '${from}', '${to}') WHERE text LIKE 'update VM 100%'`);
  await edit('-memory', '-balloon');
  expect(await verifyJson()).toMatchObject({ ok: false, problems: [{ where: 'revision 2' }] });
  await edit('-balloon', '-memory');
  expect(await verifyJson()).toMatchObject({ ok: true });
});

it('`verify` finds another vmid, and another time of removal', async () => {
  const { lab, clock } = world;
  lab.as('alice@pve').stop(102);
  clock.advance(60_000);
  lab.as('alice@pve').destroy(102);
  clock.advance(60_000);
  await world.rollcall('discover-all');
  const edits = [
    [
      'UPDATE guests SET vmid = 555 WHERE vmid = 101',
      'UPDATE guests SET vmid = 101 WHERE vmid = 555',
      expect.stringMatching(/^guest qemu\/101 /),
    ],
    [
      `UPDATE guests SET vmid = 555, "nativeId" = '555' WHERE vmid = 101`,
      `UPDATE guests SET vmid = 101, "nativeId" = '101' WHERE vmid = 555`,
      'revision 1',
    ],
    [
      `UPDATE guests SET "presenceReason" = 'destroyed by bob@pve' WHERE vmid = 102`,
      `UPDATE guests SET "presenceReason" = 'destroyed by alice@pve' WHERE vmid = 102`,
      'revision 3',
    ],
  ] as const;
  for (const [edit, undo, where] of edits) {
    await sql(edit);
    expect(await verifyJson()).toMatchObject({ ok: false, problems: [{ where }] });
    await sql(undo);
    expect(await verifyJson()).toMatchObject({ ok: true, problems: [] });
  }
});

it('`prune` drops nothing of a history that is not whole, and says what is wrong', async () => {
  await sql(`UPDATE guests SET name = 'other' WHERE vmid = 101`);
  for (const line of ['prune --keep 1m --yes', 'prune --keep 1m --dry-run']) {
    const ran = await world.rollcall(line);
    expect(ran).toMatchObject({ status: EXIT.failed, stdout: '' });
    expect(ran.stderr).toMatch(
      /^error: The history is not whole, and nothing was dropped: guest qemu\/101 \(\w+\): its column name is not what its document says\nhint: Run `rollcall verify` to see everything that was changed, and compare the database with a backup\.\n$/,
    );
  }
});
