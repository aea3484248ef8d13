import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { openSnapshot } from '../../src/repositories/db/snapshot.ts';
import { ProviderRepository } from '../../src/repositories/providers/provider-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { at, CONFIG, change, guest, plan } from '../helpers/plans.ts';
import { createDatabase } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';
import { runProgram } from '../helpers/world.ts';

const dir = tempDir();
const server = process.env['TEST_POSTGRES_URL'];
const onServer = server === undefined ? describe.skip : describe;
const note = server === undefined ? ' (skipped: TEST_POSTGRES_URL is not set)' : '';

onServer(`a PostgreSQL server${note}`, () => {
  let url: string;
  const opened: Connection[] = [];
  const { PGPASSWORD, PGPASSFILE } = process.env;

  beforeAll(async () => {
    url = await createDatabase(server ?? '');
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((connection) => connection.close()));
    restore({ PGPASSWORD, PGPASSFILE });
  });
  afterAll(async () => {
    for (const role of roles.splice(0)) await administer(url, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
  const roles: string[] = [];

  async function open(address: string): Promise<Connection> {
    const connection = await openDatabase(address);
    opened.push(connection);
    return connection;
  }

  function changed(edit: (parts: URL) => void): string {
    const parts = new URL(url);
    edit(parts);
    return parts.href;
  }

  /** A role that may log in, and the URL with it. */
  async function role(name: string, grants: string): Promise<string> {
    const unique = `${name}_${randomBytes(4).toString('hex')}`;
    roles.push(unique);
    await administer(url, `CREATE ROLE ${unique} LOGIN PASSWORD 'pass'; ${grants.replaceAll('ROLE', unique)}`);
    return changed((parts) => {
      parts.username = unique;
      parts.password = 'pass';
    });
  }

  it('gives writers their turn, also where transactions are serializable by default', async () => {
    const strict = await createDatabase(server ?? '');
    await administer(
      strict,
      `ALTER DATABASE ${new URL(strict).pathname.slice(1)} SET default_transaction_isolation = serializable`,
    );
    const collectors = await Promise.all([0, 1, 2, 3].map(() => open(strict)));
    const revs = await Promise.all(
      collectors.map(async (connection, index) => {
        const sync = new SyncRepository(connection);
        const { id } = await sync.ensureProvider({ ...CONFIG, name: `p${index}` }, at(0));
        const made: (number | null)[] = [];
        for (let run = 0; run < 10; run++) {
          const resource = `g${index}-${run}`;
          const over = { guests: [guest(resource, 100 + run)], changes: [change(resource)] };
          made.push(
            (await sync.apply(plan(id, { ...over, run: { id: `run-${index}-${run}`, finishedAt: at(run) } }))).rev,
          );
        }
        return made;
      }),
    );
    expect(revs.flat().sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  }, 60_000);

  it.each([
    ['zone of Newfoundland', "timezone = 'America/St_Johns'"],
    ['style of German dates', "datestyle = 'German'"],
  ])('keeps the same times in a %s', async (_name, setting) => {
    const zoned = await createDatabase(server ?? '');
    await administer(zoned, `ALTER DATABASE ${new URL(zoned).pathname.slice(1)} SET ${setting}`);
    const connection = await open(zoned);
    const { id } = await new ProviderRepository(connection, () => '').add(CONFIG, { now: at(0) });
    const found = { guests: [guest('g1', 100)], changes: [change('g1')], run: { finishedAt: at(90) } };
    await new SyncRepository(connection).apply(plan(id, found));
    const rows = await connection.db.provider.findMany({ select: { createdAt: true, lastRunAt: true } });
    expect(rows).toEqual([{ createdAt: at(0), lastRunAt: at(90) }]);
    const known = await new SyncRepository(connection).loadKnown(id);
    expect(known.guests.map(({ firstSeenAt }) => firstSeenAt)).toEqual([guest('g1', 100).firstSeenAt]);
    const snapshot = await openSnapshot(zoned);
    const [provider] = await snapshot.query('SELECT "createdAt"::text AS "at" FROM "providers"');
    await snapshot.close();
    expect(new Date(String(provider?.['at']))).toEqual(at(0));
  });

  it('orders texts by their bytes, whatever its locale', async () => {
    const connection = await open(await createDatabase(server ?? ''));
    const texts = ['é', 'b', 'B', '_', 'a-1', 'a1', 'a10', 'a2', '10'];
    await connection.db.text.createMany({ data: texts.map((text, id) => ({ id, text })) });
    const rows = await connection.db.text.findMany({ orderBy: { text: 'asc' } });
    expect(rows.map(({ text }) => text)).toEqual(texts.toSorted());
  });

  it('may end a session: that statement fails, and the next one goes on in another', async () => {
    const connection = await open(url);
    await connection.db.provider.count();
    const kill = connection.db.$transaction(async (tx) => {
      await tx.$queryRawUnsafe('SELECT 1 FROM pg_terminate_backend(pg_backend_pid())');
    });
    await expect(kill).rejects.toMatchObject({
      code: 'database',
      retryable: true,
      message: expect.stringMatching(/does not answer/),
    });
    expect(await connection.db.provider.count()).toBeGreaterThanOrEqual(0);
  });

  it.each([
    ['a wrong password', (parts: URL) => (parts.password = 'hunter2'), /refused the login/, /pg_hba\.conf/],
    ['no password', (parts: URL) => (parts.password = ''), /asks for a password/, /PGPASSWORD/],
    ['a user that is none', (parts: URL) => (parts.username = 'nobody-here'), /refused the login/, /pg_hba\.conf/],
    [
      'a database that is none',
      (parts: URL) => (parts.pathname = '/nowhere'),
      /nowhere does not exist/,
      /createdb NAME/,
    ],
    ['a port where nobody listens', (parts: URL) => (parts.port = '1'), /does not answer/, /host and port/],
    ['TLS that the server has not', (parts: URL) => (parts.search = 'sslmode=verify-full'), /TLS/, /sslmode/],
  ])('says what is wrong with %s, without the password', async (_name, edit, message, hint) => {
    const address = changed(edit);
    const { stderr, status } = await runProgram('list-vms', { env: { DATABASE_URL: address } });
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`^error: .*${message.source}.*\\nhint: .*${hint.source}`));
    if (new URL(address).password !== '') expect(stderr).not.toContain(new URL(address).password);
    const shown = await runProgram('db status', { env: { DATABASE_URL: address } });
    expect(shown).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(message) });
  });

  it('is reached with a password from the environment or a file, and by its socket', async () => {
    const { username, password, port, pathname } = new URL(url);
    const without = changed((parts) => (parts.password = ''));
    process.env['PGPASSWORD'] = password;
    await open(without);
    delete process.env['PGPASSWORD'];
    const file = path.join(dir, 'pgpass');
    writeFileSync(file, `*:*:*:${username}:${password}\n`, { mode: 0o600 });
    process.env['PGPASSFILE'] = file;
    await open(without);
    const { rows } = await administer(url, 'SHOW unix_socket_directories');
    const socket = encodeURIComponent(String(rows[0]?.['unix_socket_directories']));
    const connection = await open(
      `postgresql://${username}:${password}@/${pathname.slice(1)}?host=${socket}&port=${port}`,
    );
    expect(await connection.db.meta.count()).toBe(1);
  });

  it('needs no more of a collector than to read and write rows, and of a reader than to read', async () => {
    await (await open(url)).close();
    opened.splice(0);
    const use = 'GRANT USAGE ON SCHEMA public TO ROLE';
    const tables = 'ON ALL TABLES IN SCHEMA public TO ROLE';
    const collector = await role('collector', `${use}; GRANT SELECT, INSERT, UPDATE, DELETE ${tables}`);
    const sync = new SyncRepository(await open(collector));
    const { id } = await sync.ensureProvider({ ...CONFIG, name: 'least' }, at(0));
    const over = { guests: [guest('g1', 100)], changes: [change('g1')] };
    expect(await sync.apply(plan(id, over))).toEqual({ rev: 1 });

    const reader = await role('reader', `${use}; GRANT SELECT ${tables}`);
    const env = { DATABASE_URL: reader };
    for (const line of ['list-vms --all', 'show-changes', 'sync-status', 'verify', 'db status']) {
      expect({ line, ...(await runProgram(line, { env })) }).toMatchObject({ line, status: line === 'verify' ? 1 : 0 });
    }
    expect((await runProgram('db status -o json', { env })).json).toMatchObject({ isWritable: false });
    expect(await runProgram('providers disable least', { env })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: .* does not permit this .*\nhint: /),
    });
  });

  it('that is made by a role without the right to says so', async () => {
    const empty = await createDatabase(server ?? '', { isEmpty: true });
    const collector = new URL(await role('stranger', 'SELECT 1'));
    collector.pathname = new URL(empty).pathname;
    await expect(openDatabase(collector.href)).rejects.toMatchObject({
      code: 'database',
      message: expect.stringMatching(/does not permit this/),
      hint: expect.stringMatching(/CREATE/),
    });
  });
});

async function administer(url: string, sql: string): Promise<pg.QueryResult<Record<string, unknown>>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query<Record<string, unknown>>(sql);
  } finally {
    await client.end();
  }
}

function restore(variables: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
