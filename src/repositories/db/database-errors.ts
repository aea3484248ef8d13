import { DriverAdapterError } from '@prisma/driver-adapter-utils';
import { AppError } from '../../types/errors.ts';

interface Explanation {
  /** The text after the name of the database. */
  message: string;
  hint: string;
  isRetryable?: boolean;
}

const OTHER_FILE = 'choose another file with DATABASE_URL=file:PATH';
const FREE_SPACE = 'Free some space and run the command again. Nothing of this run was stored.';
const READ_ONLY = {
  message: 'cannot be opened or made: its folder is read-only for this user',
  hint: `Make it writable for this user, or ${OTHER_FILE}.`,
};
const BUSY = {
  message: 'is locked by another process',
  hint: 'Wait for the other process to finish, or find it with `fuser FILE`.',
  isRetryable: true,
};
const BROKEN = { message: 'cannot be read or written', hint: 'Check the disk and the permissions.' };
const NO_FOLDER = {
  message: 'cannot be opened or made: a part of its path is no folder, or all of it is one',
  hint: `Please ${OTHER_FILE}.`,
};
const LOGIN = {
  message: 'refused the login',
  hint: 'Check user, password and pg_hba.conf; the password belongs into DATABASE_URL.',
};
const UNREACHABLE = {
  message: 'does not answer',
  hint: 'Check that the server runs, and host and port in DATABASE_URL.',
  isRetryable: true,
};

const NO_TLS = { message: 'gives no trusted TLS connection', hint: 'See sslmode and sslrootcert in DATABASE_URL.' };
const POOLER = {
  message: 'is behind a pooler that refuses a setting',
  hint: 'Let it pass that: ignore_startup_parameters of PgBouncer, see docs/postgresql.md.',
};
const NO_PASSWORD = {
  message: 'asks for a password',
  hint: 'Set it in DATABASE_URL, or in PGPASSWORD or a file that PGPASSFILE names.',
};

/** By primary result code of SQLite, or errno. After these errors nothing is left open. */
const BY_FILE_CODE: Readonly<Record<string, Explanation>> = {
  SQLITE_NOTADB: {
    message: 'cannot be opened: the file is not a database',
    hint: `Move it out of the way, or ${OTHER_FILE}.`,
  },
  SQLITE_CORRUPT: { message: 'is damaged', hint: 'Restore a backup, or try `sqlite3 FILE .recover`.' },
  SQLITE_READONLY: {
    message: 'cannot be written: the file or its folder is read-only',
    hint: `Make both writable for this user, or ${OTHER_FILE}.`,
  },
  SQLITE_CANTOPEN: {
    message: 'cannot be opened',
    hint: 'Check that the folder exists and that this user may read and write in it.',
  },
  SQLITE_FULL: { message: 'cannot grow: the disk is full', hint: FREE_SPACE, isRetryable: true },
  SQLITE_BUSY: BUSY,
  SQLITE_LOCKED: BUSY,
  EACCES: READ_ONLY,
  EPERM: READ_ONLY,
  EROFS: READ_ONLY,
  ENOTDIR: NO_FOLDER,
  EISDIR: NO_FOLDER,
  EEXIST: NO_FOLDER,
  ENOSPC: { message: 'cannot be made: the disk is full', hint: FREE_SPACE, isRetryable: true },
  EDQUOT: { message: 'cannot be made: the quota is used up', hint: FREE_SPACE, isRetryable: true },
};

/** By primary result code of SQLite, or SQLSTATE of PostgreSQL. The message includes the driver's own words. */
const BY_CODE: Readonly<Record<string, Explanation>> = {
  // For sslrootcert and similar files, which pg reads by itself.
  ENOENT: { message: 'cannot be opened: a file is missing', hint: 'Check the paths in DATABASE_URL.' },
  SQLITE_IOERR: BROKEN,
  SQLITE_PERM: BROKEN,
  SQLITE_AUTH: BROKEN,
  '28P01': LOGIN,
  '28000': LOGIN,
  '3D000': { message: 'does not exist', hint: 'Create it with `createdb NAME`. Rollcall makes the tables itself.' },
  '42501': { message: 'does not permit this', hint: 'Grant the user CREATE and USAGE on the schema.' },
  '25006': { message: 'cannot be written', hint: 'Use the address of the primary server, not that of a replica.' },
  '55000': UNREACHABLE,
  '54000': {
    message: 'cannot index a text this long',
    hint: 'A name, user or id in an answer of the cluster has thousands of characters: look there, nothing was stored.',
  },
  '53100': { message: 'cannot grow: the disk is full', hint: FREE_SPACE, isRetryable: true },
  '53300': { message: 'has too many connections', hint: 'Wait, or raise max_connections.', isRetryable: true },
  '40001': { message: 'is busy with another write', hint: 'Run the command again.', isRetryable: true },
  '40P01': { message: 'is busy with another write', hint: 'Run the command again.', isRetryable: true },
};

/** By kind of driver error; such an error does not always have a code. */
const BY_KIND: Readonly<Record<string, Explanation>> = {
  DatabaseNotReachable: UNREACHABLE,
  ConnectionClosed: UNREACHABLE,
  SocketTimeout: UNREACHABLE,
  TlsConnectionError: NO_TLS,
};

const UNREACHABLE_CODE = /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|57P0|08)/;
const UNREACHABLE_TEXT = /timeout exceeded when trying to connect|timeout expired|Connection terminated/;
const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/;
const TLS_TEXT = /does not support SSL connections|error establishing an SSL connection|sslrootcert/;
const POOLER_TEXT = /unsupported startup parameter/;
/** pg's message for a login without a password. */
const NO_PASSWORD_TEXT = /password must be a (non-empty )?string/;

/**
 * Converts errors of the disk, the network or another process to AppErrors; every other error stays. `target` names the
 * database without its password.
 */
export function databaseError(target: string, error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = primaryCodeOf(error);
  const text = textOf(error);
  const told = BY_FILE_CODE[code];
  if (told) return explained(target, told, '');
  const kind = error instanceof DriverAdapterError ? error.cause.kind : '';
  const explanation = BY_CODE[code] ?? BY_KIND[kind] ?? byWords(code, text);
  // PostgreSQL's message names the user, and never the password.
  return explanation ? explained(target, explanation, text) : error;
}

function byWords(code: string, text: string): Explanation | undefined {
  if (POOLER_TEXT.test(text)) return POOLER;
  if (NO_PASSWORD_TEXT.test(text)) return NO_PASSWORD;
  if (TLS_CODE.test(code) || TLS_TEXT.test(text)) return NO_TLS;
  return UNREACHABLE_CODE.test(code) || UNREACHABLE_TEXT.test(text) ? UNREACHABLE : undefined;
}

function explained(target: string, { message, hint, isRetryable = false }: Explanation, detail: string): AppError {
  const words = `The database ${target} ${message}${detail === '' ? '' : ` (${detail})`}`;
  return new AppError('database', words, { hint, retryable: isRetryable });
}

/** Extended codes of SQLite (SQLITE_READONLY_DIRECTORY) begin with the primary one. */
function primaryCodeOf(error: unknown): string {
  const code = codeOf(error);
  return /^SQLITE_[A-Z]+/.exec(code)?.[0] ?? code;
}

function codeOf(error: unknown): string {
  if (error instanceof DriverAdapterError) return error.cause.originalCode ?? '';
  const hasCode = typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
  return hasCode ? String(error.code) : '';
}

function textOf(error: unknown): string {
  if (error instanceof DriverAdapterError) return error.cause.originalMessage ?? reasonOf(error.cause);
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
}

/** For TLS failures without a message. */
function reasonOf(cause: object): string {
  return 'reason' in cause ? String(cause.reason) : '';
}
