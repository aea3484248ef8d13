import type { Connection } from '../db/connection.ts';
import { placeholder } from '../db/dialect.ts';

/**
 * Makes `id` the key of this inventory and removes the old key of the masks from the database. Returns the id that counts:
 * if another process was faster, that is its id. `insteadOf` is the id that was read before; empty for none.
 */
export async function claimKey(
  { reader, writer, provider }: Pick<Connection, 'reader' | 'writer' | 'provider'>,
  { id, insteadOf }: { id: string; insteadOf: string },
): Promise<string> {
  // Otherwise the cell of the old key stays readable in its page.
  if (provider === 'sqlite') await reader.list({ sql: 'PRAGMA secure_delete = ON', noun: 'setting' }, () => null);
  const sql = `UPDATE "meta" SET "keyId" = ${placeholder(provider, 1)}, "maskKey" = ''
    WHERE "id" = 1 AND "keyId" = ${placeholder(provider, 2)} RETURNING "keyId"`;
  const [claimed] = await writer.write({ sql, values: [id, insteadOf], noun: 'meta', key: ['keyId'] }, (row) =>
    row.text('keyId'),
  );
  if (claimed === undefined) {
    const where = 'SELECT "keyId" FROM "meta" WHERE "id" = 1';
    return (await reader.find({ sql: where, noun: 'meta', key: ['keyId'] }, (row) => row.text('keyId'))) ?? '';
  }
  // SQLite's log still has the old page.
  if (provider === 'sqlite') {
    await reader.list({ sql: 'PRAGMA wal_checkpoint(TRUNCATE)', noun: 'checkpoint', key: [] }, () => null);
  }
  return claimed;
}
