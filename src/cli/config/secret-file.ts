import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { AppError } from '../../types/errors.ts';
import { configFolder } from './config-folder.ts';
import { type Environment, errorCode } from './environment.ts';

const isPosix = process.platform !== 'win32';

/** Throws AppError('configuration') when others can read the file, or put another one in its place. */
export function readSecretFile(file: string): string {
  let text: string;
  try {
    checkFolder(path.dirname(file), file);
    // What a link points to counts, not the link.
    checkFolder(path.dirname(realpathSync(file)), file);
    text = readPrivately(file).trim();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('configuration', `the secret in ${file} cannot be read (${errorCode(error)})`, {
      hint: 'write it there with mode 600, readable by the user that runs rollcall',
    });
  }
  if (text === '') throw new AppError('configuration', `${file} is empty`, { hint: 'write the secret into it' });
  return text;
}

/** Looks at the very file that it reads. */
function readPrivately(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const { mode, uid } = fstatSync(descriptor);
    const permissions = mode & 0o777;
    if (isPosix && (permissions & 0o077) !== 0) {
      const seen = permissions.toString(8);
      throw refusal(`${file} holds a secret and can be read by others (mode ${seen})`, `chmod 600 ${file}`);
    }
    const own = process.getuid?.() ?? 0;
    if (own !== 0 && uid !== own && uid !== 0) {
      throw refusal(`${file} holds a secret and belongs to another user (uid ${uid})`, `chown it to uid ${own}`);
    }
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

function checkFolder(folder: string, file: string): void {
  if (!isPosix) return;
  const { mode } = statSync(folder);
  // As in /tmp, the sticky bit keeps others from replacing what is not theirs.
  if ((mode & 0o002) === 0 || (mode & 0o1000) !== 0) return;
  throw refusal(
    `${file} lies in a directory that anybody can write to`,
    `chmod o-w ${folder}, or keep the secret elsewhere`,
  );
}

function refusal(message: string, hint: string): AppError {
  return new AppError('configuration', message, { hint });
}

/** In the user's own configuration directory. */
export function secretFile(name: string, env: Environment): string {
  return path.join(configFolder(env), 'secrets', name);
}

/** With mode 600 from its first byte on; in place of what was there. */
export function writeSecretFile(file: string, secret: string): void {
  const half = `${file}.${randomUUID()}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(half, `${secret}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(half, file);
  } catch (error) {
    if (existsSync(half)) rmSync(half);
    throw refusal(
      `the secret cannot be written to ${file} (${errorCode(error)})`,
      'give another place: --secret file:/path',
    );
  }
}
