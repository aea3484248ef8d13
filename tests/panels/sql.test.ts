import { chmodSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type BetterSqlite from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { hasMariadb, type MariadbServer, startMariadb } from '../../scripts/mariadb-server.mjs';
import { type PostgresServer, startPostgres } from '../../scripts/postgres-server.mjs';
import { makeCertificate } from '../helpers/certificate.ts';
import { postgres } from '../helpers/postgres.ts';
import { openPanelWorld, type PanelWorld } from './panel-world.ts';

const Sqlite: typeof BetterSqlite = createRequire(import.meta.url)('better-sqlite3');
const PASSWORD = 'pa-ss%40w0rd-4711';
const TABLE = `CREATE TABLE vps (number INTEGER PRIMARY KEY, host VARCHAR(50), vmid INTEGER, uuid VARCHAR(40), ram NUMERIC(12,2))`;
const ROWS = `INSERT INTO vps VALUES (1, 'web', 100, '6BA7B810-9DAD-11D1-80B4-00C04FD430C8', 2048.00), (2, 'db', 101, NULL, NULL)`;
const VIEW = `CREATE VIEW servers AS SELECT number AS id, host AS NAME, vmid AS native_id, uuid, ram AS memory_mb FROM vps`;
const READ = {
  count: 2,
  doubt: null,
  records: [
    { id: '1', name: 'web', nativeId: '100', uuid: '6ba7b810-9dad-11d1-80b4-00c04fd430c8', memoryBytes: 2 ** 31 },
    { id: '2', name: 'db', nativeId: '101', uuid: null, memoryBytes: null },
  ],
};

/** What a panel with this query, which takes the place of the one before, lists. */
async function readQuery(rollcall: PanelWorld['rollcall'], url: string, query: string, ...more: string[]) {
  await rollcall(['panel', 'remove', 'odd']);
  await rollcall(['panel', 'add', 'odd', '--type', 'sql', '--url', url, '--query', query, ...more]);
  return rollcall('panel test odd -o json');
}

describe('a panel in a SQLite database', () => {
  const { dir, env, rollcall } = openPanelWorld();
  const file = path.join(dir, 'billing.db');
  beforeAll(() => {
    const database = new Sqlite(file);
    for (const sql of [TABLE, ROWS, VIEW]) database.exec(sql);
    database.close();
    env['BILLING'] = `sqlite:${file}`;
  });

  it('is read from a view and by a query', async () => {
    await rollcall('panel add billing --type sql --url env:BILLING --view servers');
    expect((await rollcall('panel test billing -o json')).json).toMatchObject(READ);
    await rollcall(['panel', 'update', 'billing', '--query', 'SELECT number AS id FROM vps WHERE vmid > 100;']);
    expect((await rollcall('panel test billing -o json')).json).toMatchObject({ count: 1, records: [{ id: '2' }] });
  });

  it('keeps all digits of an id', async () => {
    const query = 'SELECT 9007199254740993 AS id, 2 AS cores, 1 AS billed';
    const records = [{ id: '9007199254740993', cores: 2, isBilled: true }];
    expect((await readQuery(rollcall, 'env:BILLING', query)).json).toMatchObject({ notes: [], records });
  });

  it.each([
    ['SELECT number AS id FROM vps', '1', 'lists more than 1 servers', 1],
    ['DELETE FROM vps', '9', 'the statement does not read', 2],
    ['DELETE FROM vps RETURNING number AS id', '9', 'the statement does not read', 2],
    ['SELECT 1; DELETE FROM vps', '9', 'billing.db: the query is wrong', 2],
    ['SELECT nothing FROM vps', '9', 'the query is wrong', 2],
  ])('is refused for %j with at most %s rows', async (query, most, why, status) => {
    const ran = await readQuery(rollcall, 'env:BILLING', query, '--max-rows', most);
    expect(ran.stderr).toContain(why);
    expect(ran).toMatchObject({ status, stdout: '' });
    expect(new Sqlite(file).prepare('SELECT COUNT(*) AS n FROM vps').get()).toEqual({ n: 2 });
  });

  it('is refused where others can write the file, and where there is none', async () => {
    chmodSync(file, 0o666);
    expect((await rollcall('panel test billing')).stderr).toContain('can be written by others');
    chmodSync(file, 0o600);
    env['BILLING'] = 'sqlite:/nowhere/x.db';
    expect((await rollcall('panel test billing')).status).toBe(2);
    env['BILLING'] = 'https://example.com/s3cr3t';
    const odd = await rollcall('panel test billing');
    expect(odd.stderr).toContain('the address of the database cannot be read');
    expect(odd.stderr).not.toContain('s3cr3t');
  });
});

describe('a panel in a PostgreSQL database', () => {
  const { env, rollcall, everything } = openPanelWorld();
  const server = postgres();
  beforeAll(async () => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    for (const sql of [TABLE, ROWS, VIEW]) await client.query(sql);
    await client.end();
    const url = new URL(server.url);
    url.search = '';
    env['BILLING'] = url.href;
  }, 60_000);

  it('is read from a view', async () => {
    await rollcall('panel add billing --type sql --url env:BILLING --view public.servers');
    const ran = await rollcall('panel test billing -o json');
    expect(ran.stderr).toContain('billing lists 2 servers');
    expect(ran.json).toMatchObject(READ);
  });

  it.each([
    ['SELECT generate_series(1, 20000) AS id', '100', 'lists more than 100 servers'],
    ['WITH gone AS (DELETE FROM vps RETURNING number) SELECT number AS id FROM gone', '9', ''],
    ['SELECT 1 AS id; DROP TABLE vps', '9', 'the query is wrong (42601)'],
    ['SELECT nothing FROM vps', '9', 'the query is wrong (42703)'],
  ])('is refused for %j with at most %s rows', async (query, most, why) => {
    const ran = await readQuery(rollcall, 'env:BILLING', query, '--max-rows', most);
    expect(ran.status).not.toBe(0);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain(why);
    expect((await rollcall('panel test billing -o json')).json).toMatchObject(READ);
  });

  it('reads 20,000 servers', async () => {
    const ran = await readQuery(rollcall, 'env:BILLING', 'SELECT generate_series(1, 20000) AS id');
    expect(ran.json).toMatchObject({ count: 20_000, doubt: null });
  });

  it('tells nothing of the password where it is not reached', async () => {
    env['BILLING'] = `postgresql://someone:${PASSWORD}@127.0.0.1:1/billing`;
    const refused = await rollcall('panel test billing');
    expect(refused.status).toBe(4);
    expect(refused.stderr).toContain('postgresql://127.0.0.1:1/billing: the connection was refused');
    env['BILLING'] = `postgresql://someone:${PASSWORD}@db.example.com/billing?sslmode=disable`;
    expect((await rollcall('panel test billing')).stderr).toContain('options that are not used: sslmode');
    env['BILLING'] = `postgresql://someone:${PASSWORD}@127.0.0.1:1/billing?host=db.example.com`;
    expect((await rollcall('panel test billing')).stderr).toContain('options that are not used: host');
    const all = await everything();
    for (const secret of [PASSWORD, decodeURIComponent(PASSWORD), 'someone']) expect(all).not.toContain(secret);
  });
});

const withPostgres = process.env['TEST_POSTGRES_URL'] === undefined ? describe.skip : describe;

withPostgres('a panel in a PostgreSQL database with TLS', () => {
  const { dir, env, rollcall, everything } = openPanelWorld();
  const caFile = path.join(dir, 'ca.pem');
  // Only a session that is encrypted lists servers.
  const query = 'SELECT number AS id FROM vps, pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl';
  let server: PostgresServer | undefined;
  beforeAll(async () => {
    const { key, pem } = await makeCertificate();
    writeFileSync(caFile, pem);
    server = await startPostgres({ tls: { key, cert: pem }, settings: ['listen_addresses=127.0.0.1,127.0.0.2'] });
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    for (const sql of [TABLE, ROWS]) await client.query(sql);
    await client.end();
    env['BILLING'] = server.url;
  }, 120_000);
  afterAll(async () => server?.stop());

  it('is read where the authority is the one that was given', async () => {
    await rollcall(['panel', 'add', 'plain', '--type', 'sql', '--url', 'env:BILLING', '--query', query]);
    expect((await rollcall('panel test plain -o json')).json).toMatchObject({ count: 0, doubt: null });
    const tls = ['--type', 'sql', '--url', 'env:BILLING', '--query', query, '--ca-file', caFile];
    await rollcall(['panel', 'add', 'tls', ...tls]);
    expect((await rollcall('panel test tls -o json')).json).toMatchObject({ count: 2, doubt: null });
  });

  it('is not sent the password of the inventory where its own address has none', async () => {
    const url = new URL(server?.url ?? '');
    const before = process.env['PGPASSWORD'];
    process.env['PGPASSWORD'] = url.password;
    url.password = '';
    env['NOBODY'] = url.href;
    const ran = await readQuery(rollcall, 'env:NOBODY', 'SELECT 1 AS id');
    if (before === undefined) delete process.env['PGPASSWORD'];
    else process.env['PGPASSWORD'] = before;
    expect(ran).toMatchObject({ status: 3, stdout: '', stderr: expect.stringContaining('the login is refused') });
  });

  it('is not read where the certificate comes from another authority, or is that of another host', async () => {
    const other = path.join(dir, 'other.pem');
    writeFileSync(other, (await makeCertificate()).pem);
    await rollcall(`panel update tls --ca-file ${other}`);
    const ran = await rollcall('panel test tls');
    expect(ran.stderr).toContain('the certificate is not trusted');
    expect(ran).toMatchObject({ status: 4, stdout: '' });
    await rollcall(`panel update tls --ca-file ${caFile}`);
    env['BILLING'] = (server?.url ?? '').replace('127.0.0.1', '127.0.0.2');
    const elsewhere = await rollcall('panel test tls');
    expect(elsewhere.stderr).toContain('the certificate is not trusted (ERR_TLS_CERT_ALTNAME_INVALID)');
    expect(elsewhere).toMatchObject({ status: 4, stdout: '' });
    expect(await everything()).not.toContain(new URL(server?.url ?? '').password);
  });
});

const isRequired = process.env['ROLLCALL_MARIADB'] === 'required';
const withMariadb = hasMariadb() || isRequired ? describe : describe.skip;

withMariadb('a panel in a MariaDB database', () => {
  const { dir, env, rollcall, everything } = openPanelWorld();
  let server: MariadbServer | undefined;
  const caFile = path.join(dir, 'ca.pem');
  beforeAll(async () => {
    const { key, pem } = await makeCertificate();
    writeFileSync(caFile, pem);
    const started = await startMariadb({ tls: { key, cert: pem } });
    server = started;
    const { port, user, password } = started;
    const admin = await mysql.createConnection({ host: '127.0.0.1', port, user, password });
    const reader = `CREATE USER reader@'%' IDENTIFIED BY '${decodeURIComponent(PASSWORD)}'`;
    for (const sql of [
      'CREATE DATABASE shop',
      'USE shop',
      TABLE,
      ROWS,
      VIEW,
      reader,
      `GRANT SELECT, DELETE ON shop.* TO reader@'%'`,
    ])
      await admin.query(sql);
    await admin.end();
    env['SHOP'] = `mysql://reader:${PASSWORD}@127.0.0.1:${port}/shop`;
  }, 120_000);
  afterAll(async () => server?.stop());

  it('is read over loopback, a socket and TLS', async () => {
    await rollcall('panel add shop --type sql --url env:SHOP --view servers');
    expect((await rollcall('panel test shop -o json')).json).toMatchObject(READ);
    env['SOCKET'] = `mysql://reader:${PASSWORD}@localhost/shop?socket=${encodeURIComponent(server?.socket ?? '')}`;
    await rollcall('panel add local --type sql --url env:SOCKET --view shop.servers');
    expect((await rollcall('panel test local -o json')).json).toMatchObject(READ);
    await rollcall(`panel add tls --type sql --url env:SHOP --view servers --ca-file ${caFile}`);
    expect((await rollcall('panel test tls -o json')).json).toMatchObject(READ);
  });

  it('is not read where the certificate comes from another authority', async () => {
    const other = path.join(dir, 'other.pem');
    writeFileSync(other, (await makeCertificate()).pem);
    await rollcall(`panel update tls --ca-file ${other}`);
    const ran = await rollcall('panel test tls');
    expect(ran.stderr).toContain('the certificate is not trusted');
    expect(ran).toMatchObject({ status: 4, stdout: '' });
  });

  it.each([
    ['SELECT seq AS id FROM seq_1_to_1000', '100', 'lists more than 100 servers'],
    ['DELETE FROM vps', '9', 'the statement does not only read (ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION)'],
    ['SELECT 1 AS id; DELETE FROM vps', '9', 'the query is wrong (ER_PARSE_ERROR)'],
    ['SELECT nothing FROM vps', '9', 'the query is wrong (ER_BAD_FIELD_ERROR)'],
    ["LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE vps", '9', ''],
    ['SELECT * FROM mysql.user', '9', 'the user may not read this'],
  ])('is refused for %j with at most %s rows', async (query, most, why) => {
    const ran = await readQuery(rollcall, 'env:SHOP', query, '--max-rows', most);
    expect(ran.status).not.toBe(0);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain(why);
    expect((await rollcall('panel test shop -o json')).json).toMatchObject(READ);
  });

  it('is not asked by an IP address elsewhere, which the driver does not compare with the certificate', async () => {
    env['ELSEWHERE'] = `mysql://reader:${PASSWORD}@192.0.2.7/shop`;
    await rollcall('panel add elsewhere --type sql --url env:ELSEWHERE --view servers');
    const ran = await rollcall('panel test elsewhere');
    expect(ran.stderr).toContain('the certificate of 192.0.2.7 cannot be compared with an IP address');
    expect(ran.status).toBe(2);
  });

  it('tells nothing of the password where the login is refused', async () => {
    env['SHOP'] = `mysql://reader:wrong-${PASSWORD}@127.0.0.1:${server?.port ?? 0}/shop`;
    const ran = await rollcall('panel test shop');
    expect(ran.status).toBe(3);
    expect(ran.stderr).toContain('the login is refused');
    const all = await everything();
    for (const secret of [PASSWORD, decodeURIComponent(PASSWORD)]) expect(all).not.toContain(secret);
  });
});
