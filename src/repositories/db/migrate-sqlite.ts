import { randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { Migration } from '../../types/migration.ts';
import { sqlDate } from './dialect.ts';
import { APPLIED_SQL, type AppliedMigration, pendingMigrations } from './migration-state.ts';

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`;

/**
 * Applies missing migrations in one exclusive transaction, all or none. A second process waits and then finds nothing to
 * do. Writes the same rows as Prisma's engine. Closes the connection.
 */
export function migrateSqlite(db: Database.Database, known: readonly Migration[]): string[] {
  try {
    // Persistent, in the file header. Not possible inside a transaction.
    if (!db.memory) db.pragma('journal_mode = WAL');
    // A no-op inside a transaction, so Prisma's own `PRAGMA foreign_keys=OFF` comes too late there,
    // and rebuilding a table (DROP TABLE) would delete its children through ON DELETE CASCADE.
    db.pragma('foreign_keys = OFF');
    // A rebuilt table leaves its old pages behind, for example with the key of the masks.
    db.pragma('secure_delete = ON');
    db.exec('BEGIN IMMEDIATE');
    try {
      db.exec(CREATE_TABLE);
      const applied = db
        .prepare<[], { name: string; finished: number }>(APPLIED_SQL)
        .all()
        .map((row): AppliedMigration => ({ name: row.name, isFinished: row.finished === 1 }));
      const todo = pendingMigrations(known, applied);
      const insert = db.prepare(
        'INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count") VALUES (?, ?, ?, ?, ?, 1)',
      );
      for (const migration of todo) {
        const startedAt = sqlDate(new Date());
        db.exec(migration.sql);
        insert.run(randomUUID(), migration.checksum, migration.name, startedAt, sqlDate(new Date()));
      }
      const dangling = db.prepare('SELECT 1 FROM pragma_foreign_key_check').all();
      if (dangling.length > 0) throw new Error(`migration left ${dangling.length} dangling foreign keys`);
      db.exec('COMMIT');
      return todo.map((migration) => migration.name);
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK');
      throw error;
    }
  } finally {
    db.close();
  }
}
