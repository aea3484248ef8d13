import { openDatabase } from '../../repositories/db/database.ts';
import { parseDatabaseUrl } from '../../repositories/db/database-url.ts';
import { openSnapshot, type Snapshot } from '../../repositories/db/snapshot.ts';
import { AuditRepository } from '../../repositories/maintenance/audit-repository.ts';
import { vacuumInto, writeNewFile } from '../../repositories/maintenance/backup-file.ts';
import { type CopyOptions, copyDatabase } from '../../repositories/maintenance/copy-database.ts';
import { allMigrations, readHead, readStatus } from '../../repositories/maintenance/snapshot-status.ts';
import type { CopyReport, DatabaseStatus, MigrateReport } from '../../types/database.ts';
import { AppError } from '../../types/errors.ts';
import { verifyHistory } from '../history/verify.ts';

/** What is done with a database as a whole. `url` is that of the one in use. */
export class DatabaseService {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Changes nothing; a database of an older version stays as it is. */
  async status(): Promise<DatabaseStatus> {
    return withSnapshot(this.#url, readStatus);
  }

  /** Makes the database where there is none. */
  async migrate(): Promise<MigrateReport> {
    const before = await this.#pending();
    await (await openDatabase(this.#url)).close();
    const { location, schema, pendingMigrations } = await this.status();
    return { location, applied: before.filter((name) => !pendingMigrations.includes(name)), schema };
  }

  /** A new SQLite file with everything in it, verified. */
  async backup(file: string, options: CopyOptions = {}): Promise<CopyReport> {
    return writeNewFile(file, async (partial) => {
      const from = parseDatabaseUrl(this.#url);
      if (from.provider === 'postgresql') return { ...(await this.#copy(`file:${partial}`, options)), to: file };
      await withSnapshot(this.#url, readHead);
      vacuumInto(from.file, partial);
      return { ...(await verified(`file:${partial}`, from.file)), to: file };
    });
  }

  /** Into an empty database of either kind. */
  async copyTo(url: string, options: CopyOptions = {}): Promise<CopyReport> {
    return this.#copy(url, options);
  }

  async #copy(url: string, options: CopyOptions): Promise<CopyReport> {
    return withSnapshot(this.#url, async (source) => {
      // Before the target is made.
      await readHead(source);
      const target = await openDatabase(url);
      try {
        if (target.epoch === (await readHead(source)).epoch) throw isSame();
        await copyDatabase(source, target, options);
      } finally {
        await target.close();
      }
      return verified(url, source.label);
    });
  }

  async #pending(): Promise<readonly string[]> {
    try {
      return (await this.status()).pendingMigrations;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not-found') throw error;
      return allMigrations(parseDatabaseUrl(this.#url).provider);
    }
  }
}

/** What is in the copy, read from the copy. */
async function verified(url: string, from: string): Promise<CopyReport> {
  const { location: to, epoch, rev, head, tables } = await withSnapshot(url, readStatus);
  const connection = await openDatabase(url);
  try {
    const verify = await verifyHistory(new AuditRepository(connection));
    return { from, to, epoch: epoch ?? '', rev: rev ?? 0, head: head ?? '', tables, verify };
  } finally {
    await connection.close();
  }
}

function isSame(): AppError {
  return new AppError('configuration', 'The target is this database, or a copy of it; nothing was copied', {
    hint: 'Name a new file, or a new database made with `createdb NAME`.',
  });
}

async function withSnapshot<T>(url: string, read: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  const snapshot = await openSnapshot(url);
  try {
    return await read(snapshot);
  } finally {
    await snapshot.close();
  }
}
