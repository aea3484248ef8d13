import path from 'node:path';
import { readEnvFile } from './config/env-file.ts';
import type { Environment } from './config/environment.ts';
import type { Machine } from './machine.ts';

/**
 * The variables of a run: those of the process, and below them those of the file that the command line names. No file is read
 * unless it is named: many folders hold a `.env`, and a folder may be hostile. Throws AppError('configuration').
 */
export function openEnvironment(
  { env, cwd }: Pick<Machine, 'env' | 'cwd'>,
  { environmentFile, envFile }: { environmentFile?: string | undefined; envFile?: string | undefined },
  warn: (message: string, hint: string) => void,
): Environment {
  const named = environmentFile ?? envFile;
  if (named === undefined) return env;
  if (envFile !== undefined) {
    // Seen on Node.js 20 to 26: it looks for --env-file after the name of the script too, and obeys NODE_OPTIONS in it.
    warn('Node.js itself reads --env-file, before Rollcall can check the file', `--environment-file ${named}`);
  }
  const { variables, warnings } = readEnvFile(path.resolve(cwd, named));
  for (const { message, hint } of warnings) warn(message, hint);
  const own = Object.entries(env).filter(([, value]) => value !== undefined);
  return { ...variables, ...Object.fromEntries(own) };
}
