import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Migration } from '../../types/migration.ts';
import { APPLIED_SQL, pendingMigrations } from './migration-state.ts';
import { postgresConfig, useUtc } from './postgres-config.ts';

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)`;

/** The lock key of Prisma's schema engine, so that the two exclude each other. */
const PRISMA_LOCK = 72707369;

/** Applies missing migrations in one transaction on one connection. */
export async function migratePostgres(url: string, known: readonly Migration[]): Promise<string[]> {
  const client = new pg.Client(postgresConfig(url));
  // If the connection breaks, every query reports it as well; without a listener the process would end.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await useUtc(client);
    await client.query('BEGIN');
    try {
      await client.query('SELECT pg_advisory_xact_lock($1)', [PRISMA_LOCK]);
      await client.query(CREATE_TABLE);
      const { rows } = await client.query<{ name: string; finished: number }>(APPLIED_SQL);
      const todo = pendingMigrations(
        known,
        rows.map((row) => ({ name: row.name, isFinished: row.finished === 1 })),
      );
      for (const migration of todo) {
        const startedAt = new Date();
        // The simple protocol (no parameters) takes a whole script, unlike adapter-pg's executeScript,
        // which splits at every semicolon.
        await client.query(migration.sql);
        await client.query(
          'INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count) VALUES ($1, $2, $3, $4, clock_timestamp(), 1)',
          [randomUUID(), migration.checksum, migration.name, startedAt],
        );
      }
      await client.query('COMMIT');
      return todo.map((migration) => migration.name);
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  } finally {
    await client.end();
  }
}
