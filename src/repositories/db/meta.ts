import type { SqlQueryable } from '@prisma/driver-adapter-utils';

/** The columns of the only row of `meta` besides the head of the history. */
export interface Meta {
  epoch: string;
  /** The id of the inventory key; empty if there is none yet. */
  keyId: string;
  /** The key of the masks, as databases of version 0.1 hold it; empty once it has left the database. */
  maskKey: string;
}

const SELECT = 'SELECT "epoch", "keyId", "maskKey" FROM "meta" WHERE "id" = 1';

/** Reads the row, and creates it in a new database. Two processes may try at once; the first row stays. */
export async function ensureMeta(queryable: SqlQueryable): Promise<Meta> {
  const found = await readMeta(queryable);
  if (found) return found;
  const epoch = randomHex(16);
  // Hex digits need no parameters, whose syntax differs between the databases.
  const sql =
    'INSERT INTO "meta" ("id", "epoch", "rev", "lastHash", "lastAt")' +
    ` VALUES (1, '${epoch}', 0, '${epoch}', '1970-01-01T00:00:00.000+00:00') ON CONFLICT ("id") DO NOTHING`;
  try {
    await queryable.executeRaw({ sql, args: [], argTypes: [] });
  } catch (error) {
    // The later of two processes gets this error if transactions are serializable by default.
    const first = await readMeta(queryable);
    if (first === null) throw error;
    return first;
  }
  return (await readMeta(queryable)) ?? { epoch, keyId: '', maskKey: '' };
}

async function readMeta(queryable: SqlQueryable): Promise<Meta | null> {
  const { rows } = await queryable.queryRaw({ sql: SELECT, args: [], argTypes: [] });
  const row = rows[0];
  return row === undefined ? null : { epoch: String(row[0]), keyId: String(row[1]), maskKey: String(row[2]) };
}

/** Uses the global, which needs no import; every start would load `node:crypto`. */
function randomHex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex');
}
