import type { PrismaPg as PrismaPgFactory } from '@prisma/adapter-pg';
import type { OpenedAdapter } from './connection.ts';
import { databaseError } from './database-errors.ts';
import { ensureMeta } from './meta.ts';
import { isUpToDate } from './migration-state.ts';
import { postgresConfig, useUtc } from './postgres-config.ts';
import { watchedAdapter } from './watched-adapter.ts';

const IDLE_TIMEOUT_MS = 30_000;

/** `label` replaces the URL in errors. */
export async function openPostgres(
  { url, label }: { url: string; label: string },
  onStatement: (sql: string) => void,
): Promise<OpenedAdapter> {
  const { PrismaPg } = await import('@prisma/adapter-pg');
  try {
    const factory = new PrismaPg({
      ...postgresConfig(url),
      max: 4,
      // A process that is stopped or cut off in the middle of a transaction must not block others.
      idle_in_transaction_session_timeout: IDLE_TIMEOUT_MS,
      keepAlive: true,
      // The pool awaits the result, whatever its types say.
      onConnect: (client): unknown => useUtc(client),
    });
    return await prepared(factory, { url, label, onStatement });
  } catch (error) {
    throw databaseError(label, error);
  }
}

async function prepared(
  factory: PrismaPgFactory,
  { url, label, onStatement }: { url: string; label: string; onStatement: (sql: string) => void },
): Promise<OpenedAdapter> {
  const inner = await factory.connect();
  try {
    const { postgresql: migrations } = await import('../../generated/migrations.ts');
    if (!(await isUpToDate(inner, migrations))) {
      const { migratePostgres } = await import('./migrate-postgres.ts');
      await migratePostgres(url, migrations);
    }
    const meta = await ensureMeta(inner);
    return { meta, ...watchedAdapter(inner, { onStatement, toError: (error) => databaseError(label, error) }) };
  } catch (error) {
    await inner.dispose();
    throw error;
  }
}
