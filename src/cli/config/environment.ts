import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { AppError } from '../../types/errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment, and below it what `.env` in the working directory says. Throws AppError('configuration'). */
export function readEnvironment(env: Environment, cwd: string): Environment {
  const file = path.join(cwd, '.env');
  const text = readOptional(file);
  return text === null ? env : { ...parseEnv(text), ...env };
}

function readOptional(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new AppError('configuration', `${file} cannot be read (${code})`, {
      hint: 'make it a readable file of NAME=value lines, or move it away',
    });
  }
}

/** `ENOENT` and its kind; empty for an error without code. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** A variable that is set to nothing is not set. */
export function variable(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}
