import { isIP } from 'node:net';
import type { Connection } from 'mysql2';
import { AppError } from '../../types/errors.ts';
import type { NetworkDatabase } from './sql-target.ts';
import { type RowLimits, RowList, type SqlRow } from './statement.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** In a transaction that reads only, row by row. Throws the errors of the driver, and AppError('limit'). */
export async function readMysql(
  target: NetworkDatabase & { ca: string | undefined },
  statement: string,
  { maxRows, timeoutMs, signal }: RowLimits,
): Promise<SqlRow[]> {
  const { host, port, isSocket, isLocal, user, password, database, ca } = target;
  if (!isLocal && isIP(host) !== 0) throw noName(host);
  const { default: mysql } = await import('mysql2');
  const connection = mysql.createConnection({
    ...(isSocket ? { socketPath: host } : { host, port }),
    user,
    password,
    database,
    // The driver does not compare the name in the certificate unless it is told to.
    ...((!isLocal || ca !== undefined) && {
      ssl: { rejectUnauthorized: true, verifyIdentity: true, minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
    }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    multipleStatements: false,
    supportBigNumbers: true,
    // A server may ask its client for any file.
    flags: ['-LOCAL_FILES'],
  });
  const stop = (): void => connection.destroy();
  // A connection that breaks while nobody waits for an answer.
  connection.on('error', () => undefined);
  signal.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(stop, timeoutMs + CONNECT_TIMEOUT_MS);
  try {
    await limitTime(connection, timeoutMs);
    await ask(connection, 'START TRANSACTION READ ONLY');
    const list = new RowList(maxRows);
    const rows: AsyncIterable<SqlRow> = connection.query({ sql: statement, timeout: timeoutMs }).stream();
    for await (const row of rows) list.add(row);
    return list.rows;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    connection.destroy();
  }
}

/** The driver names no host where it is an IP address, and Node would compare the certificate with `localhost`. */
function noName(host: string): AppError {
  return new AppError('configuration', `the certificate of ${host} cannot be compared with an IP address`, {
    hint: 'name the host in the address of the database as its certificate does',
  });
}

/** MariaDB and MySQL have the same limit under different names and units. */
async function limitTime(connection: Connection, timeoutMs: number): Promise<void> {
  const version = JSON.stringify(await ask(connection, 'SELECT VERSION() AS version'));
  const isMariadb = /mariadb/i.test(version);
  const limit = isMariadb
    ? `max_statement_time = ${timeoutMs / 1_000}`
    : `max_execution_time = ${Math.ceil(timeoutMs)}`;
  await ask(connection, `SET SESSION ${limit}`);
}

function ask(connection: Connection, sql: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.query(sql, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
}
