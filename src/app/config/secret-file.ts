import path from 'node:path';
import { readPrivateFile, writePrivateFile } from '../../files/private-file.ts';
import { AppError } from '../../types/errors.ts';
import { configFolder } from './config-folder.ts';
import type { Environment } from './environment.ts';

/** Throws AppError('configuration') when others can read the file, or put another one in its place. */
export function readSecretFile(file: string): string {
  const text = readPrivateFile(file).trim();
  if (text === '') throw new AppError('configuration', `${file} is empty`, { hint: 'write the secret into it' });
  return text;
}

/** In the user's own configuration directory. */
export function secretFile(name: string, env: Environment): string {
  return path.join(configFolder(env), 'secrets', name);
}

/** In place of what was there. Throws AppError('configuration'). */
export function writeSecretFile(file: string, secret: string): void {
  writePrivateFile(file, `${secret}\n`, { elsewhere: 'give another place: --secret file:/path' });
}
