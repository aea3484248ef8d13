import path from 'node:path';
import envPaths from 'env-paths';
import { AppError } from '../../types/errors.ts';
import { type Environment, variable } from './environment.ts';

/**
 * `--db`, else DATABASE_URL, else a SQLite file in the user's data directory. Relative files are below the working directory.
 * Throws AppError('configuration').
 */
export function databaseUrl(flag: string | undefined, env: Environment, cwd: string): string {
  const url = flag ?? variable(env, 'DATABASE_URL');
  if (url === undefined) return `file:${path.join(envPaths('rollcall', { suffix: '' }).data, 'rollcall.db')}`;
  const source = flag === undefined ? 'DATABASE_URL' : '--db';
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
