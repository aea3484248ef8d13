import { AppError, type ErrorCode } from '../../types/errors.ts';

interface Where {
  /** Without user and password. */
  label: string;
  signal: AbortSignal;
}

/** What a driver says of a failure. Its text may repeat a row, a statement or a user, and a URL with a password: only codes are told. */
type Failure = { code: ErrorCode; why: string; hint: string };

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'no name server answered',
  ETIMEDOUT: 'there was no answer in time',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'there is no route to the host',
  ENOENT: 'there is no such socket',
  EACCES: 'the socket may not be used',
  PROTOCOL_CONNECTION_LOST: 'the connection was lost',
};
const LOGIN: Failure = {
  code: 'unauthenticated',
  why: 'the login is refused',
  hint: 'check user and password in the secret',
};
const RIGHTS: Failure = { code: 'forbidden', why: 'the user may not read this', hint: 'grant it the right to SELECT' };
const SLOW: Failure = { code: 'timeout', why: 'the query takes too long', hint: 'give a query that is faster' };
const WRITES: Failure = {
  code: 'configuration',
  why: 'the statement does not only read',
  hint: 'give a query that begins with SELECT',
};
const WRONG: Failure = {
  code: 'configuration',
  why: 'the query is wrong',
  hint: 'try the query by hand, and update the panel',
};
const DATABASE: Failure = {
  code: 'configuration',
  why: 'there is no such database',
  hint: 'check the name of the database in the secret',
};

const POSTGRES: Readonly<Record<string, Failure>> = {
  '28P01': LOGIN,
  '28000': LOGIN,
  '42501': RIGHTS,
  '57014': SLOW,
  '25006': WRITES,
  '3D000': DATABASE,
};
const MYSQL: Readonly<Record<string, Failure>> = {
  ER_ACCESS_DENIED_ERROR: LOGIN,
  ER_DBACCESS_DENIED_ERROR: RIGHTS,
  ER_TABLEACCESS_DENIED_ERROR: RIGHTS,
  ER_COLUMNACCESS_DENIED_ERROR: RIGHTS,
  ER_STATEMENT_TIMEOUT: SLOW,
  ER_QUERY_TIMEOUT: SLOW,
  PROTOCOL_SEQUENCE_TIMEOUT: SLOW,
  ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: WRITES,
  ER_BAD_DB_ERROR: DATABASE,
};

export function postgresError(error: unknown, where: Where): AppError {
  const code = codeOf(error);
  // The driver's own words where a password is asked for, and there is none.
  if (/client password must be/.test(messageOf(error))) return explained(error, where, LOGIN);
  // Class 42: syntax, and names that are not there.
  return explained(error, where, POSTGRES[code] ?? (code.startsWith('42') ? WRONG : undefined));
}

export function mysqlError(error: unknown, where: Where): AppError {
  const code = codeOf(error);
  const isWrong = /^ER_(?:PARSE|SYNTAX|NO_SUCH_TABLE|BAD_FIELD|BAD_TABLE|NON_UNIQ)/.test(code);
  return explained(error, where, MYSQL[code] ?? (isWrong ? WRONG : undefined));
}

export function sqliteError(error: unknown, where: Where): AppError {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'SQLITE_CANTOPEN') {
    return explained(error, where, {
      code: 'configuration',
      why: 'it cannot be opened',
      hint: 'check the path in the secret',
    });
  }
  // The driver's own words for more than one statement.
  if (/more than one statement/.test(messageOf(error))) return explained(error, where, WRONG);
  if (code === 'SQLITE_READONLY') return explained(error, where, WRITES);
  return explained(error, where, code === 'SQLITE_ERROR' ? WRONG : undefined);
}

function explained(error: unknown, { label, signal }: Where, known: Failure | undefined): AppError {
  if (error instanceof AppError)
    return new AppError(error.code, `${label}: ${error.message}`, { ...(error.hint && { hint: error.hint }) });
  if (signal.aborted) return new AppError('interrupted', `${label}: interrupted`);
  const code = codeOf(error);
  const suffix = code === '' ? '' : ` (${code})`;
  if (known !== undefined) return new AppError(known.code, `${label}: ${known.why}${suffix}`, { hint: known.hint });
  if (isCertificate(code)) {
    return new AppError('certificate', `${label}: the certificate is not trusted${suffix}`, {
      hint: 'give the authority that issued it with --ca-file',
    });
  }
  const network = NETWORK[code];
  if (network !== undefined) return new AppError('unreachable', `${label}: ${network}${suffix}`, { retryable: true });
  return new AppError(isUnanswered(error) ? 'unreachable' : 'server', `${label}: ${whyOf(error)}${suffix}`);
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return String(error.code).slice(0, 64);
}

function isCertificate(code: string): boolean {
  return /HANDSHAKE_SSL_ERROR|CERT|SELF_SIGNED|ISSUER|ALTNAME|LEAF_SIGNATURE/.test(code);
}

/** Drivers find out by words only. */
function isNoTls(error: unknown): boolean {
  return /does not support (?:SSL|secure)/i.test(messageOf(error));
}

function isUnanswered(error: unknown): boolean {
  return isNoTls(error) || /timeout/i.test(messageOf(error));
}

function whyOf(error: unknown): string {
  if (isNoTls(error)) return 'the server offers no TLS, and the login is not sent without it';
  return isUnanswered(error) ? 'there was no answer in time' : 'the database failed';
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
}
