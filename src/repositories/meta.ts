import type { SqlQueryable } from '@prisma/driver-adapter-utils';

/** What the one row of `meta` says for good. */
export interface Meta {
  epoch: string;
  maskKey: string;
}

const SELECT = 'SELECT "epoch", "maskKey" FROM "meta" WHERE "id" = 1';

/** Reads the row, and makes it in a new database. Two processes may try at once: the first one's row stays. */
export async function ensureMeta(queryable: SqlQueryable): Promise<Meta> {
  const found = await readMeta(queryable);
  if (found) return found;
  const epoch = randomHex(16);
  const maskKey = randomHex(32);
  // Hex digits need no parameters, whose form differs between the databases.
  const sql =
    'INSERT INTO "meta" ("id", "epoch", "rev", "lastHash", "lastAt", "maskKey")' +
    ` VALUES (1, '${epoch}', 0, '${epoch}', '1970-01-01T00:00:00.000+00:00', '${maskKey}') ON CONFLICT ("id") DO NOTHING`;
  try {
    await queryable.executeRaw({ sql, args: [], argTypes: [] });
  } catch (error) {
    // The later of two, where transactions are serializable by default.
    const first = await readMeta(queryable);
    if (first === null) throw error;
    return first;
  }
  return (await readMeta(queryable)) ?? { epoch, maskKey };
}

async function readMeta(queryable: SqlQueryable): Promise<Meta | null> {
  const { rows } = await queryable.queryRaw({ sql: SELECT, args: [], argTypes: [] });
  const row = rows[0];
  return row === undefined ? null : { epoch: String(row[0]), maskKey: String(row[1]) };
}

/** By the global, which is there when it is needed; every start would load `node:crypto`. */
function randomHex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex');
}
