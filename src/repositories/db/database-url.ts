import path from 'node:path';
import { AppError } from '../../types/errors.ts';

export type DatabaseAddress =
  | { provider: 'sqlite'; file: string }
  | { provider: 'postgresql'; url: string /** Without the password. */; label: string };

const HINT = 'Use DATABASE_URL=file:/path/to/rollcall.db or DATABASE_URL=postgresql://user:password@host:5432/name.';

/** Throws AppError `configuration`; the message never shows a part that may hold a password. */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  if (/^postgres(ql)?:\/\//.test(url)) return { provider: 'postgresql', url, label: postgresLabel(url) };
  if (url.startsWith('file:')) {
    const file = url.replace(/^file:(\/\/)?/, '').replace(/\?.*$/, '');
    if (file === '') throw new AppError('configuration', 'DATABASE_URL names no file', { hint: HINT });
    return { provider: 'sqlite', file: path.resolve(file) };
  }
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0];
  const what = scheme === undefined ? 'DATABASE_URL has no scheme' : `DATABASE_URL has the unknown scheme ${scheme}`;
  throw new AppError('configuration', what, { hint: HINT });
}

function postgresLabel(url: string): string {
  // `postgresql://user@/name?host=/run/postgresql` names a socket and has no host, which other URLs require.
  const whole = url.replace('@/', '@localhost/');
  if (!URL.canParse(whole)) {
    throw new AppError('configuration', 'DATABASE_URL is not a valid PostgreSQL URL', {
      hint: `${HINT} Special characters in the password must be percent-encoded.`,
    });
  }
  const { username, host, pathname } = new URL(whole);
  return `postgresql://${username === '' ? '' : `${username}@`}${host}${pathname}`;
}
