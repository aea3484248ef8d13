import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { at, CONFIG, change, guest, plan } from '../helpers/plans.ts';
import { onSqlite } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
const NOBODY = 65_534;
const open: Connection[] = [];
const protectedFolders: string[] = [];

afterEach(async () => {
  process.seteuid?.(process.getuid?.() ?? 0);
  for (const folder of protectedFolders.splice(0)) chmodSync(folder, 0o700);
  await Promise.all(open.splice(0).map((connection) => connection.close()));
});

async function opened(file: string, options = {}): Promise<Connection> {
  const connection = await openDatabase(`file:${file}`, options);
  open.push(connection);
  return connection;
}

/** A database with one guest, closed. */
async function filled(name: string): Promise<string> {
  const file = path.join(dir, name, 'rollcall.db');
  const connection = await openDatabase(`file:${file}`);
  const repository = new SyncRepository(connection);
  const { id } = await repository.ensureProvider(CONFIG, at(0));
  await repository.apply(plan(id, { guests: [guest('g1', 100)], changes: [change('g1')] }));
  await connection.close();
  return file;
}

function protect(folder: string): void {
  chmodSync(folder, 0o555);
  protectedFolders.push(folder);
}

/** Root may write everywhere, so these tests give the rights up for a while. */
function asNobody(file: string): void {
  if (process.getuid?.() !== 0) return;
  chmodSync(dir, 0o755);
  for (const owned of [file, path.dirname(file)]) if (existsSync(owned)) chownSync(owned, NOBODY, NOBODY);
  process.seteuid?.(NOBODY);
}

onSqlite.describe('openDatabase on SQLite', 'files, their modes and locks', () => {
  it('makes a private file in a private folder, with an epoch and a mask key of its own', async () => {
    const file = path.join(dir, 'new/folder/rollcall.db');
    const connection = await opened(file);
    const modes = readdirSync(path.dirname(file)).map(
      (name) => statSync(path.join(path.dirname(file), name)).mode & 0o777,
    );
    expect(modes).toEqual([0o600, 0o600, 0o600]);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    expect(connection).toMatchObject({
      provider: 'sqlite',
      epoch: expect.stringMatching(/^[0-9a-f]{32}$/),
      key: { id: '', oldMaskSecret: '' },
    });
    expect(await connection.db.meta.findMany()).toEqual([
      {
        id: 1,
        epoch: connection.epoch,
        rev: 0,
        lastHash: connection.epoch,
        lastAt: new Date(0),
        keyId: '',
        maskKey: '',
      },
    ]);
    const again = await opened(file);
    expect(again.epoch).toBe(connection.epoch);
    const other = await opened(path.join(dir, 'other.db'));
    expect(other.epoch).not.toBe(connection.epoch);
  });

  it.each([
    ['file:///', (file: string) => `file://${file}`],
    ['a query', (file: string) => `file:${file}?connection_limit=1`],
    ['a relative path', (file: string) => `file:${path.relative(process.cwd(), file)}`],
  ])('understands %s', async (name, toUrl) => {
    const file = path.join(dir, `url ${name.replaceAll('/', '')}.db`);
    await (await openDatabase(toUrl(file))).close();
    expect(existsSync(file)).toBe(true);
  });

  it.each([
    ['mysql://root:hunter2@db/x', 'DATABASE_URL has the unknown scheme mysql:'],
    ['rollcall.db', 'DATABASE_URL has no scheme'],
    ['file:', 'DATABASE_URL names no file'],
    ['postgresql://me:hunter2@[bad/x', 'DATABASE_URL is not a valid PostgreSQL URL'],
  ])('refuses %s without showing a password', async (url, message) => {
    const error = await openDatabase(url).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'configuration',
      message,
      hint: expect.stringContaining('DATABASE_URL=file:'),
    });
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it('says what is not a database, and what is damaged', async () => {
    const text = path.join(dir, 'notes.txt');
    writeFileSync(text, 'These are my notes. '.repeat(100));
    await expect(openDatabase(`file:${text}`)).rejects.toMatchObject({
      code: 'database',
      message: `The database ${text} cannot be opened: the file is not a database`,
    });

    const damaged = await filled('damaged');
    const connection = await opened(damaged);
    writeFileSync(damaged, Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(400_000, 0x5a)]), {
      flag: 'r+',
    });
    await expect(connection.db.guest.findMany()).rejects.toMatchObject({
      code: 'database',
      hint: expect.stringMatching(/backup|another file/),
    });
  });

  it('says when a part of the path is no folder', async () => {
    const file = path.join(dir, 'plain');
    writeFileSync(file, '');
    await expect(openDatabase(`file:${file}/rollcall.db`)).rejects.toMatchObject({
      code: 'database',
      message: expect.stringContaining('no folder'),
    });
    await expect(openDatabase(`file:${dir}`)).rejects.toMatchObject({
      code: 'database',
      message: expect.stringContaining('all of it is one'),
    });
  });

  it('answers from a write-protected file, refuses to write to it, and leaves no files', async () => {
    const file = await filled('protected-file');
    chmodSync(file, 0o444);
    asNobody(file);
    const connection = await opened(file);
    expect(await connection.db.guest.count()).toBe(1);
    await expect(new SyncRepository(connection).ensureProvider({ ...CONFIG, name: 'x' }, at(0))).rejects.toMatchObject({
      code: 'database',
      message: `The database ${file} cannot be written: the file or its folder is read-only`,
      hint: expect.stringContaining('writable'),
    });
    // access(2) asks for the real user, who may everything when it is root.
    if (process.getuid?.() !== 0) expect(readdirSync(path.dirname(file))).toEqual(['rollcall.db']);
  });

  it('answers from a file in a write-protected folder', async () => {
    const file = await filled('protected-folder');
    chmodSync(file, 0o444);
    protect(path.dirname(file));
    asNobody(file);
    const connection = await opened(file);
    expect(await connection.db.guest.count()).toBe(1);
    await expect(connection.db.guest.deleteMany()).rejects.toMatchObject({
      code: 'database',
      message: expect.stringContaining('read-only'),
    });
  });

  it('says when a database cannot be made or brought up to date', async () => {
    const folder = path.join(dir, 'empty-folder');
    mkdirSync(folder);
    const old = path.join(folder, 'old.db');
    writeFileSync(old, '', { mode: 0o444 });
    protect(folder);
    asNobody(path.join(folder, 'new.db'));
    const readOnly = { code: 'database', message: expect.stringContaining('read-only') };
    await expect(openDatabase(`file:${folder}/new.db`)).rejects.toMatchObject(readOnly);
    await expect(openDatabase(`file:${folder}/sub/new.db`)).rejects.toMatchObject(readOnly);
    await expect(openDatabase(`file:${old}`)).rejects.toMatchObject({
      code: 'database',
      message: expect.stringMatching(/read-only|cannot be opened/),
    });
  });

  it('says that the disk is full, keeps the state before, and goes on when there is room again', async () => {
    const file = await filled('full');
    const connection = await opened(file);
    const repository = new SyncRepository(connection);
    const { id } = await repository.ensureProvider(CONFIG, at(0));
    const [pages] = await connection.db.$queryRawUnsafe<{ page_count: bigint }[]>('PRAGMA page_count');
    await connection.db.$queryRawUnsafe(`PRAGMA max_page_count = ${Number(pages?.page_count) + 10}`);
    const vmids = Array.from({ length: 2000 }, (_, i) => i + 200);
    const large = plan(id, {
      run: { id: 'large' },
      guests: vmids.map((vmid) => guest(`f${vmid}`, vmid)),
      changes: [change('g1')],
    });
    await expect(repository.apply(large)).rejects.toMatchObject({
      code: 'database',
      message: `The database ${file} cannot grow: the disk is full`,
      hint: expect.stringContaining('Nothing of this run was stored'),
    });
    expect(await connection.db.guest.count()).toBe(1);
    expect(await connection.db.meta.findMany()).toMatchObject([{ rev: 1 }]);
    await connection.db.$queryRawUnsafe('PRAGMA max_page_count = 100000');
    expect(await repository.apply(large)).toEqual({ rev: 2 });
  });

  it('waits for another process no longer than it is told', async () => {
    const file = await filled('busy');
    const connection = await opened(file, { busyTimeoutMs: 50 });
    const repository = new SyncRepository(connection);
    const { id } = await repository.ensureProvider(CONFIG, at(0));
    const other = new Database(file);
    other.exec('BEGIN EXCLUSIVE');
    try {
      const locked = {
        code: 'database',
        retryable: true,
        message: `The database ${file} is locked by another process`,
      };
      await expect(repository.apply(plan(id, { run: { id: 'late' } }))).rejects.toMatchObject(locked);
      await expect(repository.acquireLease(id, { holder: 'a', now: at(0), ttlMs: 1 })).rejects.toMatchObject(locked);
      // A reader does not wait for a writer.
      expect(await connection.db.guest.count()).toBe(1);
      await expect(openDatabase(`file:${path.join(dir, 'busy2.db')}`))
        .resolves.toBeDefined()
        .then(undefined);
    } finally {
      other.exec('ROLLBACK');
      other.close();
    }
    expect(await repository.apply(plan(id, { run: { id: 'late' } }))).toEqual({ rev: null });
  });

  it("leaves Prisma's own errors as they are", async () => {
    const connection = await opened(path.join(dir, 'own.db'));
    const row = { id: 1, epoch: '', rev: 0, lastHash: '', lastAt: at(0), maskKey: '' };
    await expect(connection.db.meta.create({ data: row })).rejects.toMatchObject({ code: 'P2002' });
    await expect(connection.db.meta.findUniqueOrThrow({ where: { id: 2 } })).rejects.toMatchObject({ code: 'P2025' });
    const orphan = { guestId: 'x', providerId: 'x', firstHeldAt: at(0), runs: 1, reason: '' };
    await expect(connection.db.heldRemoval.create({ data: orphan })).rejects.toMatchObject({ code: 'P2003' });
    await expect(connection.db.$queryRawUnsafe('SELECT * FROM nowhere')).rejects.toMatchObject({ code: 'P2010' });
    await expect(
      connection.db.$transaction(async () => 1, { isolationLevel: 'ReadUncommitted' as never }),
    ).rejects.toThrow();
    await expect(connection.db.$transaction(async (tx) => tx.meta.count())).resolves.toBe(1);
  });
});
