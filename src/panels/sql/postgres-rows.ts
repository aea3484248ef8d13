import type { ClientBase } from 'pg';
import { verifiedAs } from '../../text/server-identity.ts';
import type { NetworkDatabase } from './sql-target.ts';
import { type RowLimits, RowList, type SqlRow } from './statement.ts';

const BATCH = 5_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** In a transaction that reads only, row by row of a cursor. Throws the errors of the driver, and AppError('limit'). */
export async function readPostgres(
  target: NetworkDatabase & { ca: string | undefined },
  statement: string,
  { maxRows, timeoutMs, signal }: RowLimits,
): Promise<SqlRow[]> {
  const { default: pg } = await import('pg');
  const { host, port, user, password, database, isLocal, ca } = target;
  const client = new pg.Client({
    host,
    port,
    user,
    // As a function: in place of an empty text, the driver would send PGPASSWORD, which is that of the inventory's own database.
    password: () => password,
    database,
    // Always said: it would be taken from the environment otherwise.
    ssl: isLocal && ca === undefined ? false : { ...verifiedAs(host), ...(ca !== undefined && { ca }) },
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: timeoutMs + CONNECT_TIMEOUT_MS,
    application_name: 'rollcall',
  });
  // A connection that breaks while nobody waits for an answer.
  client.on('error', () => undefined);
  const stop = (): void => void client.end().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await client.connect();
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(`SET LOCAL statement_timeout = ${Math.ceil(timeoutMs)}`);
    return await fetchAll(client, statement, new RowList(maxRows));
  } finally {
    signal.removeEventListener('abort', stop);
    // Ends the transaction as well.
    await client.end().catch(() => undefined);
  }
}

async function fetchAll(client: ClientBase, statement: string, list: RowList): Promise<SqlRow[]> {
  // By the extended protocol, which takes one statement and no more.
  const declare = { text: `DECLARE panel NO SCROLL CURSOR FOR ${statement}`, queryMode: 'extended' };
  await client.query(declare);
  for (;;) {
    const { rows } = await client.query<SqlRow>(`FETCH FORWARD ${BATCH} FROM panel`);
    for (const row of rows) list.add(row);
    if (rows.length < BATCH) return list.rows;
  }
}
