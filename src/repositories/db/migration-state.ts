import { DriverAdapterError, type SqlQueryable } from '@prisma/driver-adapter-utils';
import { AppError } from '../../types/errors.ts';
import type { Migration } from '../../types/migration.ts';

/** One row of Prisma's own table, `_prisma_migrations`. */
export interface AppliedMigration {
  name: string;
  isFinished: boolean;
}

export const APPLIED_SQL =
  'SELECT "migration_name" AS name, CASE WHEN "finished_at" IS NULL THEN 0 ELSE 1 END AS finished' +
  ' FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL';

/** The migrations of `known` that are still to be applied. Throws if the database is not one of ours. */
export function pendingMigrations(known: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const failed = applied.find((row) => !row.isFinished);
  if (failed) {
    throw new AppError('database', `The database has a migration that failed half-way: ${failed.name}`, {
      hint: 'Restore a backup, or repair it and run `prisma migrate resolve`.',
    });
  }
  const names = new Set(known.map((migration) => migration.name));
  const newer = applied.find((row) => !names.has(row.name));
  if (newer) {
    throw new AppError(
      'database-newer',
      `The database was made by a newer version of this program (it has migration ${newer.name})`,
      { hint: 'Upgrade rollcall, or choose another database with DATABASE_URL.' },
    );
  }
  const done = new Set(applied.map((row) => row.name));
  return known.filter((migration) => !done.has(migration.name));
}

/** The cheap check at every start, on the connection that will be used. */
export async function isUpToDate(queryable: SqlQueryable, known: readonly Migration[]): Promise<boolean> {
  try {
    const { rows } = await queryable.queryRaw({ sql: APPLIED_SQL, args: [], argTypes: [] });
    const applied = rows.map((row) => ({ name: String(row[0]), isFinished: Number(row[1]) === 1 }));
    return pendingMigrations(known, applied).length === 0;
  } catch (error) {
    if (error instanceof DriverAdapterError && error.cause.kind === 'TableDoesNotExist') return false;
    throw error;
  }
}
