import { isNativeError } from 'node:util/types';
import { DriverAdapterError } from '@prisma/driver-adapter-utils';
import { AppError } from '../types/errors.ts';

/** What the surroundings did to the database, in words; undefined: not an error of the surroundings. */
type Explanation = { message: string; hint: string; isRetryable?: boolean } | undefined;

/**
 * Errors that come from the disk, the network or another process, as AppError; every other error as it is. `target` names
 * the database without its password.
 */
export function databaseError(target: string, error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = errorCode(error);
  const text = errorText(error);
  const explanation =
    sqliteExplanation(target, code, text) ??
    postgresExplanation(target, code, text, error) ??
    fileExplanation(target, code);
  if (explanation === undefined) return error;
  return new AppError('database', explanation.message, {
    hint: explanation.hint,
    retryable: explanation.isRetryable ?? false,
  });
}

function sqliteExplanation(target: string, code: string, text: string): Explanation {
  // Extended codes (SQLITE_READONLY_DIRECTORY) begin with the primary one.
  switch (/^SQLITE_[A-Z]+/.exec(code)?.[0]) {
    case 'SQLITE_NOTADB':
      return {
        message: `${target} is not a database`,
        hint: 'Choose another file with DATABASE_URL=file:PATH, or move this one out of the way.',
      };
    case 'SQLITE_CORRUPT':
      return {
        message: `The database ${target} is damaged (${text})`,
        hint: 'Restore a backup, or try `sqlite3 FILE .recover`.',
      };
    case 'SQLITE_READONLY':
      return {
        message: `The database ${target} cannot be written: the file or its folder is read-only`,
        hint: 'Make both writable for this user, or choose another file with DATABASE_URL=file:PATH.',
      };
    case 'SQLITE_CANTOPEN':
      return {
        message: `The database ${target} cannot be opened`,
        hint: 'Check that the folder exists and that this user may read and write in it.',
      };
    case 'SQLITE_FULL':
      return {
        message: `The database ${target} cannot grow: the disk is full`,
        hint: 'Free some space and run the command again. Nothing of this run was stored.',
        isRetryable: true,
      };
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return {
        message: `The database ${target} is locked by another process`,
        hint: 'Wait for the other process to finish, or find it with `fuser FILE`.',
        isRetryable: true,
      };
    case 'SQLITE_IOERR':
    case 'SQLITE_PERM':
    case 'SQLITE_AUTH':
      return {
        message: `The database ${target} cannot be read or written (${text})`,
        hint: 'Check the disk and the permissions.',
      };
    default:
      return undefined;
  }
}

function postgresExplanation(target: string, code: string, text: string, error: unknown): Explanation {
  const kind = error instanceof DriverAdapterError ? error.cause.kind : '';
  if (code === '28P01' || code === '28000') {
    return {
      message: `PostgreSQL refused the login to ${target}`,
      hint: 'Check user, password and pg_hba.conf; the password belongs into DATABASE_URL.',
    };
  }
  if (code === '3D000') {
    return {
      message: `There is no database ${target}`,
      hint: 'Create it: `createdb NAME`. Rollcall makes the tables itself.',
    };
  }
  if (code === '42501') {
    return {
      message: `PostgreSQL does not permit this on ${target} (${text})`,
      hint: 'Grant the user CREATE and USAGE on the schema.',
    };
  }
  if (code === '25006') {
    return {
      message: `${target} cannot be written: it is read-only`,
      hint: 'Use the address of the primary server, not of a replica.',
    };
  }
  if (code === '53100') {
    return {
      message: `The disk of ${target} is full`,
      hint: 'Free some space and run the command again. Nothing of this run was stored.',
      isRetryable: true,
    };
  }
  if (code === '53300') {
    return {
      message: `${target} has too many connections`,
      hint: 'Wait, or raise max_connections.',
      isRetryable: true,
    };
  }
  if (kind === 'TlsConnectionError') {
    return {
      message: `No TLS connection to ${target} (${text})`,
      hint: 'See sslmode and sslrootcert in DATABASE_URL.',
    };
  }
  const isUnreachable =
    ['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout'].includes(kind) ||
    /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|57P0|08)/.test(code) ||
    /timeout exceeded when trying to connect|Connection terminated/.test(text);
  if (!isUnreachable) return undefined;
  return {
    message: `PostgreSQL does not answer at ${target}${text === '' ? '' : ` (${text})`}`,
    hint: 'Check that the server runs, and host and port in DATABASE_URL.',
    isRetryable: true,
  };
}

function fileExplanation(target: string, code: string): Explanation {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return {
        message: `The database ${target} cannot be opened or made: its folder is read-only for this user`,
        hint: 'Make it writable for this user, or choose another file with DATABASE_URL=file:PATH.',
      };
    case 'ENOTDIR':
    case 'EISDIR':
    case 'EEXIST':
      return {
        message: `The database ${target} cannot be opened or made: a part of its path is no folder, or all of it is one`,
        hint: 'Choose another file with DATABASE_URL=file:PATH.',
      };
    case 'ENOSPC':
    case 'EDQUOT':
      return {
        message: `The database ${target} cannot be made: the disk is full`,
        hint: 'Free some space and run the command again.',
      };
    default:
      return undefined;
  }
}

function errorCode(error: unknown): string {
  if (error instanceof DriverAdapterError) return error.cause.originalCode ?? '';
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

function errorText(error: unknown): string {
  if (error instanceof DriverAdapterError) return error.cause.originalMessage ?? '';
  return isNativeError(error) || error instanceof Error ? error.message : '';
}
