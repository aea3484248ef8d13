import { describe, expect, it } from '@jest/globals';
import { databaseError } from '../../src/repositories/db/database-errors.ts';
import { openSqliteFile, sqliteAdapter } from '../../src/repositories/db/sqlite-adapter.ts';
import { CarriedError, watchedAdapter } from '../../src/repositories/db/watched-adapter.ts';
import { Writer } from '../../src/repositories/db/writer.ts';
import { AppError } from '../../src/types/errors.ts';

const sent: string[] = [];
const { adapter } = watchedAdapter(sqliteAdapter(openSqliteFile(':memory:')), {
  onStatement: (sql) => sent.push(sql),
  toError: (error) => databaseError('DB', error),
});
const writer = new Writer('sqlite', adapter);

const insert = (id: string, name: string) =>
  writer.write(
    { sql: 'INSERT INTO "hosts" VALUES (?, ?) RETURNING "id", "name"', values: [id, name], noun: 'host' },
    (row) => [row.text('id'), row.text('name')],
  );

describe('the writer', () => {
  it('commits each statement, and gives what it returns', async () => {
    await adapter.executeScript('CREATE TABLE "hosts" ("id" TEXT PRIMARY KEY, "name" TEXT NOT NULL)');
    sent.length = 0;
    expect(await insert('h1', 'web')).toEqual([['h1', 'web']]);
    expect(sent).toEqual(['BEGIN', expect.stringContaining('INSERT'), 'COMMIT']);
  });

  it('rolls back what fails, says why, and goes on', async () => {
    sent.length = 0;
    await expect(insert('h1', 'again')).rejects.toThrow('UniqueConstraintViolation');
    expect(sent.at(-1)).toBe('ROLLBACK');
    expect(await insert('h2', 'db')).toEqual([['h2', 'db']]);
  });

  it('words what the database refuses', async () => {
    const full = {
      ...adapter,
      startTransaction: async () => {
        const transaction = await adapter.startTransaction();
        const refuse = () => Promise.reject(new CarriedError(new AppError('database', 'the disk is full')));
        return { ...transaction, queryRaw: refuse };
      },
    };
    const refused = new Writer('sqlite', full).write({ sql: 'INSERT', noun: 'host' }, () => null);
    await expect(refused).rejects.toMatchObject({ code: 'database', message: 'the disk is full' });
    expect(await insert('h4', 'mail')).toEqual([['h4', 'mail']]);
  });

  it('waits for a transaction that is under way on the same connection', async () => {
    const transaction = await adapter.startTransaction();
    let isWritten = false;
    const written = insert('h3', 'cache').then(() => {
      isWritten = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isWritten).toBe(false);
    await transaction.executeRaw({ sql: 'ROLLBACK', args: [], argTypes: [] });
    await transaction.rollback();
    await written;
    const names = await adapter.queryRaw({ sql: 'SELECT "id" FROM "hosts" ORDER BY "id"', args: [], argTypes: [] });
    expect(names.rows).toEqual([['h1'], ['h2'], ['h3'], ['h4']]);
  });
});
