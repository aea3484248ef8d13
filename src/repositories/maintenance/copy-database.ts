import { TABLES } from '../../generated/tables.ts';
import type { CopyProgress, DatabaseHead, TableCount } from '../../types/database.ts';
import { AppError } from '../../types/errors.ts';
import type { Connection, DbTransaction } from '../db/connection.ts';
import { bulkUpsertSql } from '../db/dialect.ts';
import type { Snapshot } from '../db/snapshot.ts';
import { pagesOf } from './copy-pages.ts';
import { countRows, readHead } from './snapshot-status.ts';

/** Copying years of history takes minutes, and a lock on an empty database blocks nobody. */
const COPY_TIMEOUT_MS = 24 * 3_600_000;

export interface CopyOptions {
  onProgress?: CopyProgress;
  signal?: AbortSignal;
}

export interface Copied extends DatabaseHead {
  tables: readonly TableCount[];
}

/**
 * Copies every table in one transaction of the target: an interrupted copy leaves nothing. Throws AppError `configuration`
 * if the target is not empty, `interrupted`, `database`.
 */
export async function copyDatabase(source: Snapshot, target: Connection, options: CopyOptions = {}): Promise<Copied> {
  const head = await readHead(source);
  const tables = await countRows(source);
  const total = tables.reduce((sum, { rows }) => sum + rows, 0);
  await target.db.$transaction(
    async (tx) => {
      await requireEmpty(tx);
      await tx.meta.deleteMany();
      let done = 0;
      for (const spec of TABLES) {
        const sql = bulkUpsertSql(target.provider, { ...spec, ignoreExisting: true });
        for await (const page of pagesOf(source, spec)) {
          if (options.signal?.aborted) throw new AppError('interrupted', 'The copy was interrupted; nothing was kept');
          await tx.$executeRawUnsafe(sql, page.json);
          done += page.rows;
          options.onProgress?.(spec.table, done, total);
        }
      }
      // For a database of version 0.1: the marks are copied, the key that made them is not.
      await tx.meta.updateMany({ data: { maskKey: '' } });
      await requireSame(tx, { ...head, tables });
    },
    { timeout: COPY_TIMEOUT_MS },
  );
  return { ...head, tables };
}

/** Takes the lock that every sync takes first, so that no sync begins in the meantime. */
async function requireEmpty(tx: DbTransaction): Promise<void> {
  const meta = await tx.meta.update({ where: { id: 1 }, data: { rev: { increment: 0 } } });
  const filled = (await countsOf(tx)).filter(({ table, rows }) => table !== 'meta' && rows > 0);
  if (meta.rev === 0 && filled.length === 0) return;
  throw new AppError('configuration', 'The target holds an inventory already; nothing was copied', {
    hint: 'Name a new file, or a new database made with `createdb NAME`.',
  });
}

/** Runs before the commit, so that nobody ever sees an incomplete copy. */
async function requireSame(tx: DbTransaction, source: Copied): Promise<void> {
  const meta = await tx.meta.findUniqueOrThrow({ where: { id: 1 } });
  const rows = new Map((await countsOf(tx)).map((count) => [count.table, count.rows]));
  const other = source.tables.find((count) => rows.get(count.table) !== count.rows);
  if (other !== undefined) {
    const words = `${rows.get(other.table)} of ${other.rows} rows of ${other.table} arrived`;
    throw new AppError('database', `The copy is not whole: ${words}; nothing was kept`, { hint: 'Run it again.' });
  }
  if (meta.lastHash !== source.head || meta.rev !== source.rev || meta.epoch !== source.epoch) {
    throw new AppError('database', 'The copy has another head of the history; nothing was kept', {
      hint: 'Run it again.',
    });
  }
}

async function countsOf(tx: DbTransaction): Promise<TableCount[]> {
  const counts: TableCount[] = [];
  for (const { table } of TABLES) {
    const [row] = await tx.$queryRawUnsafe<{ rows: number | bigint }[]>(`SELECT count(*) AS "rows" FROM "${table}"`);
    counts.push({ table, rows: Number(row?.rows) });
  }
  return counts;
}
