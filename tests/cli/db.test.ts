import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { TABLES } from '../../src/generated/tables.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { writeNewFile } from '../../src/repositories/maintenance/backup-file.ts';
import { databaseAt, postgres } from '../helpers/postgres.ts';
import { openWorld, type Ran, type World } from '../helpers/world.ts';

const server = postgres();
let world: World;
let past: string;

/** Two runs with changes, one without, and a provider that is only stored. */
beforeAll(async () => {
  world = await openWorld({ nodes: 2, vms: 6, containers: 2 });
  await world.rollcall('discover-all');
  past = world.clock.now().toISOString();
  world.clock.advance(300_000);
  const vm = world.lab.guests().find(({ kind, config }) => kind === 'qemu' && config['template'] === undefined);
  world.lab.as('alice@pve').setConfig(vm?.vmid ?? 0, { memory: 4321, description: 'ünï\ncode 😀 "quoted" \\ 0.1' });
  await world.rollcall('discover-all');
  world.clock.advance(300_000);
  await world.rollcall('discover-all');
  await world.rollcall('providers add third --endpoint third --token-id a@pve!b --secret env:THIRD --insecure');
}, 60_000);

function at(url: string, line: string): Promise<Ran> {
  return world.rollcall(line, { env: { DATABASE_URL: url } });
}

/** Everything that a reader can see. */
async function seen(url: string): Promise<Record<string, Ran>> {
  const lines = [
    'show-changes',
    `list-vms --at ${past}`,
    'list-vms',
    'list-tasks',
    'list-storage',
    'list-nodes',
    'verify',
  ];
  const all: Record<string, Ran> = {};
  for (const line of [...lines, 'sync-status', 'providers list']) all[line] = await at(url, `${line} -o json`);
  return all;
}

it('knows every table of the schema', async () => {
  const connection = await openDatabase(`file:${path.join(world.dir, 'tables.db')}`);
  const tables = await connection.db.$queryRawUnsafe<{ name: string; column: string }[]>(
    `SELECT t.name AS name, c.name AS "column" FROM sqlite_schema t, pragma_table_info(t.name) c
     WHERE t.type = 'table' AND t.name NOT LIKE '\\_%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite%'`,
  );
  await connection.close();
  const copied = TABLES.flatMap(({ table, columns }) => Object.keys(columns).map((column) => `${table}.${column}`));
  expect(copied.sort()).toEqual(tables.map(({ name, column }) => `${name}.${column}`).sort());
});

describe('db copy', () => {
  it('moves an inventory with its history to PostgreSQL and back', async () => {
    const file = `file:${path.join(world.dir, 'first.db')}`;
    expect(await world.rollcall(`db copy --to ${file}`)).toMatchObject({ status: EXIT.done });
    const there = await at(file, `db copy --to ${server.url}`);
    expect(there).toMatchObject({
      status: EXIT.done,
      stderr: expect.stringMatching(
        /copied \d+ rows from .+first\.db to postgresql:.+\nthe history there is whole: 2 rev/,
      ),
    });
    const back = `file:${path.join(world.dir, 'back.db')}`;
    expect(await at(server.url, `db copy --to ${back}`)).toMatchObject({ status: EXIT.done });

    const original = await seen(world.databaseUrl);
    expect(original['verify']).toMatchObject({ status: EXIT.done });
    expect(await seen(server.url)).toEqual(original);
    expect(await seen(back)).toEqual(original);
    const heads = [];
    for (const url of [world.databaseUrl, server.url, back]) {
      const { epoch, rev, head, tables } = (await at(url, 'db status -o json')).json as Record<string, unknown>;
      heads.push({ epoch, rev, head, tables });
    }
    expect(heads[1]).toEqual(heads[0]);
    expect(heads[2]).toEqual(heads[0]);
  });

  it('is where the next run goes on', async () => {
    const url = `file:${path.join(world.dir, 'goes-on.db')}`;
    await world.rollcall(`db copy --to ${url}`);
    expect((await at(url, 'discover-all -o json')).rows).toMatchObject([
      { outcome: 'complete', summary: { changed: 0, new: 0, removed: 0 } },
    ]);
  });

  it('leaves claims behind, and the original as it is', async () => {
    const source = await openDatabase(world.databaseUrl);
    const claim = { leaseHolder: '1@here', leaseSince: new Date(), leaseUntil: new Date(), leaseToken: 7 };
    await source.db.provider.updateMany({ data: claim });
    const url = `file:${path.join(world.dir, 'claims.db')}`;
    expect(await world.rollcall(`db copy --to ${url}`)).toMatchObject({ status: EXIT.done });
    const copy = await openDatabase(url);
    const [provider] = await copy.db.provider.findMany();
    expect(provider).toMatchObject({ leaseHolder: null, leaseSince: null, leaseUntil: null, leaseToken: 7 });
    await copy.close();
    expect(await source.db.provider.findFirst()).toMatchObject(claim);
    await source.db.provider.updateMany({ data: { leaseHolder: null, leaseSince: null, leaseUntil: null } });
    await source.close();
  });

  it('refuses a target that holds something, and itself', async () => {
    const file = path.join(world.dir, 'filled.db');
    const filled = await openDatabase(`file:${file}`);
    await filled.db.text.create({ data: { id: 1, text: 'something' } });
    await filled.close();
    expect(await world.rollcall(`db copy --to file:${file}`)).toMatchObject({
      status: EXIT.usage,
      stdout: '',
      stderr: expect.stringMatching(/holds an inventory already; nothing was copied\nhint: Name a new/),
    });
    expect(await world.rollcall(['db', 'copy', '--to', world.databaseUrl])).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringMatching(/is this database, or a copy of it/),
    });
  });

  it('leaves nothing when it is interrupted', async () => {
    const file = path.join(world.dir, 'interrupted.db');
    const ran = await world.rollcall(`db copy --to file:${file}`, { io: { signal: AbortSignal.abort() } });
    expect(ran).toMatchObject({ status: EXIT.interrupted, stdout: '' });
    const { rev, tables } = (await at(`file:${file}`, 'db status -o json')).json as {
      rev: number;
      tables: { rows: number }[];
    };
    expect([rev, tables.reduce((sum, { rows }) => sum + rows, 0)]).toEqual([0, 1]);
  });

  it('says that a history was not whole before', async () => {
    const url = `file:${path.join(world.dir, 'damaged.db')}`;
    await world.rollcall(`db copy --to ${url}`);
    const connection = await openDatabase(url);
    await connection.db.$executeRawUnsafe(`UPDATE "revisions" SET "hash" = 'x' WHERE "rev" = 1`);
    await connection.close();
    expect(await at(url, `db copy --to file:${path.join(world.dir, 'damaged-copy.db')}`)).toMatchObject({
      status: EXIT.failed,
      stderr: expect.stringMatching(/error: the history is NOT whole, there as here: \d+ problems\nhint: see/),
    });
  });

  it.each([
    ['db copy', EXIT.usage, /required option '--to <url>'/],
    ['db copy --to x.db', EXIT.usage, /^error: --to is neither .+\nhint: for a SQLite file write file:x\.db\n$/],
    ['db copy --to env:NOT_SET', EXIT.usage, /^error: the environment variable NOT_SET is not set\nhint: /],
    [
      'db copy --to postgresql://u:hunter2@127.0.0.1:1/d',
      EXIT.failed,
      /^warning: others .+\nhint: .+\nerror: .+ does not answer/,
    ],
    ['--db file:nowhere.db db copy --to file:x.db', EXIT.failed, /^error: There is no database .+nowhere\.db\nhint: /],
  ])('%s', async (line, status, stderr) => {
    const ran = await world.rollcall(line);
    expect(ran).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(stderr) });
    expect(ran.stderr).not.toContain('hunter2');
    expect(existsSync(path.join(world.dir, 'nowhere.db'))).toBe(false);
  });
});

describe('db backup', () => {
  it('writes everything to a private file, and replaces none', async () => {
    const file = path.join(world.dir, 'backup.db');
    expect(await world.rollcall('db backup backup.db')).toMatchObject({
      status: EXIT.done,
      stderr: expect.stringMatching(/^backed up \d+ rows from .+ to .+backup\.db\nthe history there is whole/),
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(world.dir).filter((name) => name.startsWith('backup.db'))).toEqual(['backup.db']);
    expect(await seen(`file:${file}`)).toEqual(await seen(world.databaseUrl));
    expect(await world.rollcall('db backup backup.db')).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringMatching(/^error: There is a file .+backup\.db already; it was left as it is\nhint: /),
    });
  });

  it('is one moment of a database that is written to meanwhile', async () => {
    const busy = await openWorld({ nodes: 2, vms: 30, containers: 5 });
    await busy.rollcall('discover-all');
    const vm = busy.lab.guests().find(({ kind, config }) => kind === 'qemu' && config['template'] === undefined);
    const done = new AbortController();
    const syncing = (async () => {
      for (let memory = 1024; !done.signal.aborted; memory++) {
        busy.clock.advance(60_000);
        busy.lab.as('alice@pve').setConfig(vm?.vmid ?? 0, { memory });
        expect(await busy.rollcall('discover-all --quiet')).toMatchObject({ status: EXIT.done, stderr: '' });
      }
    })();
    for (let count = 0; count < 5; count++) {
      const ran = await busy.rollcall(`db backup -o json during-${count}.db`);
      expect(ran).toMatchObject({ status: EXIT.done, json: { verify: { ok: true } } });
    }
    done.abort();
    await syncing;
  }, 60_000);

  it('follows no link, and replaces none', async () => {
    const victim = path.join(world.dir, 'victim');
    writeFileSync(victim, '');
    for (const [name, target] of Object.entries({ 'a.db': victim, 'b.db': path.join(world.dir, 'nowhere') })) {
      for (const place of [name, `${name}.partial`]) {
        symlinkSync(target, path.join(world.dir, place));
        const ran = await world.rollcall(`db backup ${name}`);
        expect([place, ran.status, ran.stderr]).toEqual([
          place,
          EXIT.usage,
          expect.stringContaining('already; it was left'),
        ]);
        expect(readlinkSync(path.join(world.dir, place))).toBe(target);
        rmSync(path.join(world.dir, place));
      }
    }
    expect(readFileSync(victim, 'utf8')).toBe('');
    expect(readdirSync(world.dir).filter((name) => /^[ab]\.db|^nowhere/.test(name))).toEqual([]);
  });

  it('goes to no folder in which anybody could replace it', async () => {
    for (const folder of ['open/inner', 'sticky']) mkdirSync(path.join(world.dir, folder), { recursive: true });
    chmodSync(path.join(world.dir, 'open'), 0o777);
    chmodSync(path.join(world.dir, 'sticky'), 0o1777);
    const refused = await world.rollcall('db backup open/inner/x.db');
    expect(refused).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringMatching(
        /^error: .*\/open\/inner\/x\.db lies below .*\/open, a directory that anybody can write to\nhint: chmod o-w .*\/open, /,
      ),
    });
    expect(readdirSync(path.join(world.dir, 'open/inner'))).toEqual([]);
    expect(await world.rollcall('db backup sticky/x.db')).toMatchObject({ status: EXIT.done });
  });

  it('notices a file that was put in its place while it was written', async () => {
    const file = path.join(world.dir, 'swapped.db');
    const victim = path.join(world.dir, 'other');
    writeFileSync(victim, 'untouched');
    const swapping = writeNewFile(file, async (partial) => {
      rmSync(partial);
      symlinkSync(victim, partial);
    });
    await expect(swapping).rejects.toMatchObject({
      message: expect.stringContaining('was replaced while it was written'),
    });
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    expect(readdirSync(world.dir).filter((name) => name.startsWith('swapped'))).toEqual([]);
  });

  it('leaves nothing when it fails', async () => {
    expect(await world.rollcall('db backup failed.db', { env: { DATABASE_URL: 'file:nowhere.db' } })).toMatchObject({
      status: EXIT.failed,
      stderr: expect.stringMatching(/^error: There is no database/),
    });
    writeFileSync(path.join(world.dir, 'none.db'), 'x'.repeat(2000));
    expect(await world.rollcall('db backup failed.db', { env: { DATABASE_URL: 'file:none.db' } })).toMatchObject({
      status: EXIT.failed,
      stderr: expect.stringMatching(/is not a database/),
    });
    expect(readdirSync(world.dir).filter((name) => name.startsWith('failed.db'))).toEqual([]);
    expect(await world.rollcall('db backup no/such/folder.db')).toMatchObject({ status: EXIT.failed, stdout: '' });
  });
});

describe('db status and db migrate', () => {
  it('make a database, and say what it is', async () => {
    const url = `file:${path.join(world.dir, 'fresh.db')}`;
    expect(await at(url, 'db status')).toMatchObject({
      status: EXIT.failed,
      stderr: expect.stringMatching(/no database/),
    });
    const made = await at(url, 'db migrate');
    expect(made).toMatchObject({ status: EXIT.done, stdout: expect.stringMatching(/^APPLIED\n\d+_init\n/) });
    expect(await at(url, 'db migrate')).toMatchObject({
      status: EXIT.done,
      stdout: '',
      stderr: expect.stringMatching(/was up to date: \d+_actions/),
    });
    expect(await at(url, 'db status')).toMatchObject({
      status: EXIT.done,
      stdout: expect.stringMatching(
        /SQLite 3\.\S+, .+fresh\.db\n.+_actions\n.+nothing\n.+read and write\n[\s\S]+\nmeta +1\n/,
      ),
    });
  });

  it('tell of a PostgreSQL database without its password', async () => {
    const ran = await at(server.url, 'db status');
    expect(ran).toMatchObject({
      status: EXIT.done,
      stdout: expect.stringMatching(/PostgreSQL \d+.*, postgresql:\/\//),
    });
    const { password } = new URL(server.url);
    if (password !== '') expect(ran.stdout).not.toContain(password);
  });

  it('leave a database of an older version as it is, and refuse to copy it', async () => {
    const url = await databaseAt(path.join(world.dir, 'older.db'));
    const connection = await openDatabase(url);
    await connection.db.$executeRawUnsafe('DELETE FROM _prisma_migrations');
    await connection.close();
    for (let count = 0; count < 2; count++) {
      expect((await at(url, 'db status -o json')).json).toMatchObject({
        schema: null,
        pendingMigrations: [
          /_init$/,
          /_seal$/,
          /_guest_sizes$/,
          /_hosts_of_any_kind$/,
          /_one_kind_of_record$/,
          /_guest_facts$/,
          /_notifications$/,
          /_import_marks$/,
          /_serve$/,
          /_explanations$/,
          /_last_report$/,
          /_reconcile$/,
          /_actions$/,
        ].map((name) => expect.stringMatching(name)),
      });
    }
    expect(await at(url, 'db copy --to file:of-older.db')).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringMatching(/is not up to date\nhint: Bring it up to date with `rollcall db migrate`/),
    });
    expect(existsSync(path.join(world.dir, 'of-older.db'))).toBe(false);
  });
});
