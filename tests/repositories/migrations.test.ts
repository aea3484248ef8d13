import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import {
  datamodel,
  derivePostgres,
  migrationList,
  noFilter,
  offline,
  prismaDir,
  providers,
  readMigrations,
  withSchemaEngine,
} from '../../scripts/prisma-lib.mjs';
import * as embedded from '../../src/generated/migrations.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { migrateSqlite } from '../../src/repositories/db/migrate-sqlite.ts';
import { pendingMigrations } from '../../src/repositories/db/migration-state.ts';
import { SqliteFactory } from '../../src/repositories/db/sqlite-adapter.ts';
import { onSqlite } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();

function migration(name: string, sql: string) {
  return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
}

const FIRST = migration(
  '1_init',
  `
CREATE TABLE "p" ("id" TEXT NOT NULL PRIMARY KEY);
CREATE TABLE "c" ("id" TEXT NOT NULL PRIMARY KEY, "pid" TEXT NOT NULL, CONSTRAINT "f" FOREIGN KEY ("pid") REFERENCES "p" ("id") ON DELETE CASCADE);`,
);
// As Prisma writes it for a changed column.
const REBUILD = migration(
  '2_rebuild',
  `
-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_p" ("id" TEXT NOT NULL PRIMARY KEY, "x" TEXT NOT NULL DEFAULT ';');
INSERT INTO "new_p" ("id") SELECT "id" FROM "p";
DROP TABLE "p";
ALTER TABLE "new_p" RENAME TO "p";
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;`,
);

function tables(file: string): unknown[] {
  const db = new Database(file, { readonly: true });
  try {
    return db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).pluck().all();
  } finally {
    db.close();
  }
}

onSqlite.describe('migrateSqlite', 'how it rebuilds tables', () => {
  it('keeps the children of a table that is rebuilt', () => {
    const file = path.join(dir, 'rebuild.db');
    expect(migrateSqlite(new Database(file), [FIRST])).toEqual(['1_init']);
    const db = new Database(file);
    db.exec(`INSERT INTO p VALUES ('a'); INSERT INTO c VALUES ('b', 'a')`);
    db.close();
    expect(migrateSqlite(new Database(file), [FIRST, REBUILD])).toEqual(['2_rebuild']);
    const after = new Database(file, { readonly: true });
    expect(after.prepare('SELECT * FROM c').all()).toEqual([{ id: 'b', pid: 'a' }]);
    expect(after.pragma('journal_mode', { simple: true })).toBe('wal');
    after.close();
    expect(migrateSqlite(new Database(file), [FIRST, REBUILD])).toEqual([]);
  });

  it('leaves nothing behind when a migration fails', () => {
    const file = path.join(dir, 'fail.db');
    const bad = migration('2_bad', 'CREATE TABLE t (a); INSERT INTO nowhere VALUES (1);');
    expect(() => migrateSqlite(new Database(file), [FIRST, bad])).toThrow('no such table: nowhere');
    expect(tables(file)).toEqual([]);
  });

  it('refuses a migration that leaves rows without their parents', () => {
    const file = path.join(dir, 'dangling.db');
    const bad = migration('2_bad', `INSERT INTO c VALUES ('b', 'nobody');`);
    expect(() => migrateSqlite(new Database(file), [FIRST, bad])).toThrow('migration left 1 dangling foreign keys');
    expect(tables(file)).toEqual([]);
  });
});

describe('pendingMigrations', () => {
  it('refuses a database of a newer version, and one that failed half-way', () => {
    const done = { name: '1_init', isFinished: true };
    expect(pendingMigrations([FIRST, REBUILD], [done])).toEqual([REBUILD]);
    expect(() => pendingMigrations([FIRST], [done, { name: '3_later', isFinished: true }])).toThrow(
      expect.objectContaining({ code: 'database-newer', message: expect.stringContaining('3_later') }),
    );
    expect(() => pendingMigrations([FIRST], [{ name: '1_init', isFinished: false }])).toThrow(
      expect.objectContaining({ code: 'database', message: expect.stringContaining('failed half-way: 1_init') }),
    );
  });

  it('is asked when a database is opened', async () => {
    const file = path.join(dir, 'newer.db');
    await (await openDatabase(`file:${file}`)).close();
    const db = new Database(file);
    db.exec(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'y', '99999999_future', '2030-01-01')`,
    );
    db.close();
    await expect(openDatabase(`file:${file}`)).rejects.toMatchObject({
      code: 'database-newer',
      hint: expect.stringContaining('Upgrade rollcall'),
    });
  });
});

describe('prisma/', () => {
  const schema = readFileSync(path.join(prismaDir('sqlite'), 'schema.prisma'), 'utf8');

  it('has the PostgreSQL schema that the SQLite one gives', () => {
    const derived = readFileSync(path.join(prismaDir('postgresql'), 'schema.prisma'), 'utf8');
    expect(derived).toBe(derivePostgres(schema));
  });

  it.each(providers)(
    'has a migration for every change of the schema, and the program has them all: %s',
    async (provider) => {
      expect(embedded[provider]).toEqual(readMigrations(provider));
      const current = readFileSync(path.join(prismaDir(provider), 'schema.prisma'), 'utf8');
      const snapshot = readFileSync(path.join(prismaDir(provider), 'migrations/schema.snapshot.prisma'), 'utf8');
      const diff = await withSchemaEngine({ provider, schema: current, factory: offline[provider] }, (engine) =>
        engine.diff({
          from: datamodel(provider, snapshot),
          to: datamodel(provider, current),
          script: true,
          exitCode: true,
          shadowDatabaseUrl: null,
          filters: noFilter,
        }),
      );
      expect(diff).toMatchObject({ exitCode: 0 });
    },
  );

  it("agrees with Prisma's own engine on a database that the program made", async () => {
    const file = path.join(dir, 'stock.db');
    await (await openDatabase(`file:${file}`)).close();
    const migrationsList = migrationList('sqlite');
    const [history, applied, drift] = await withSchemaEngine(
      { provider: 'sqlite', schema, factory: new SqliteFactory(file) },
      async (engine) => [
        await engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters: noFilter }),
        await engine.applyMigrations({ migrationsList, filters: noFilter }),
        await engine.diff({
          from: { tag: 'schemaDatasource', files: [{ path: 'x.prisma', content: schema }], configDir: '.' },
          to: datamodel('sqlite', schema),
          script: true,
          exitCode: true,
          shadowDatabaseUrl: null,
          filters: noFilter,
        }),
      ],
    );
    expect(history).toMatchObject({ editedMigrationNames: [], failedMigrationNames: [], history: null });
    expect(applied).toEqual({ appliedMigrationNames: [] });
    expect(drift).toMatchObject({ exitCode: 0 });
  });
});
