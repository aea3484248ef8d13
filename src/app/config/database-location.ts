import { existsSync } from 'node:fs';
import path from 'node:path';
import envPaths from 'env-paths';
import { AppError } from '../../types/errors.ts';
import { type Environment, variable } from './environment.ts';

/**
 * `--db`, else DATABASE_URL, else a SQLite file in the user's data directory. Relative files are below the working directory.
 * Throws AppError('configuration').
 */
export function databaseUrl(flag: string | undefined, env: Environment, cwd: string, flagName = '--db'): string {
  const url = flag ?? variable(env, 'DATABASE_URL');
  if (url === undefined) return `file:${path.join(envPaths('rollcall', { suffix: '' }).data, 'rollcall.db')}`;
  const source = flag === undefined ? 'DATABASE_URL' : flagName;
  if (/^postgres(ql)?:\/\//.test(url)) return url;
  if (url.startsWith('file:') && url.length > 'file:'.length) {
    const file = url.slice('file:'.length).replace(/^\/\/(?=\/)/, '');
    return `file:${path.resolve(cwd, file)}`;
  }
  // Not shown: it may hold a password.
  throw new AppError('configuration', `${source} is neither file:PATH nor postgresql://…`, {
    hint: /^[\w./~-]+$/.test(url)
      ? `for a SQLite file write file:${url}`
      : `write ${source} as file:/path/to/rollcall.db`,
  });
}

/**
 * Refuses a database in a folder that does not exist, which is a slip rather than an empty inventory. The folder of the default
 * file is made by whatever comes first. Throws AppError('configuration').
 */
export function requireFolder(flag: string | undefined, env: Environment, cwd: string): void {
  const url = databaseUrl(flag, env, cwd);
  if ((flag ?? variable(env, 'DATABASE_URL')) === undefined || !url.startsWith('file:')) return;
  const folder = path.dirname(url.slice('file:'.length).replace(/\?.*$/, ''));
  if (existsSync(folder)) return;
  throw new AppError('configuration', `there is no folder ${folder} for the database`, {
    hint: `check ${flag === undefined ? 'DATABASE_URL' : '--db'}; discover-all, watch, providers add and db migrate make the folder`,
  });
}

/**
 * Of the database that a copy goes to: `file:PATH`, `postgresql://…`, or `env:NAME`, a variable that holds either, since
 * others can read command lines. Throws AppError('configuration').
 */
export function targetUrl(flag: string, env: Environment, cwd: string): string {
  const name = /^env:(\w+)$/.exec(flag)?.[1];
  if (name === undefined) return databaseUrl(flag, env, cwd, '--to');
  const url = variable(env, name);
  if (url !== undefined) return databaseUrl(url, env, cwd, name);
  throw new AppError('configuration', `the environment variable ${name} is not set`, {
    hint: 'set it to postgresql://user:password@host/name',
  });
}

/** Whether a URL carries a password that belongs elsewhere. */
export function hasPassword(url: string): boolean {
  // `postgresql://user:password@/name?host=/run/postgresql`, a socket, has no host where other URLs must have one.
  const whole = url.replace('@/', '@localhost/');
  if (!URL.canParse(whole)) return /^\w+:\/\/[^/@]*:[^/]*@/.test(whole);
  const { password, searchParams } = new URL(whole);
  return password !== '' || searchParams.has('password');
}
