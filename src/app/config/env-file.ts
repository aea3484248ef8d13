import type { Stats } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { trustedFolder } from '../../files/path-trust.ts';
import { readRegularFile } from '../../files/regular-file.ts';
import { AppError } from '../../types/errors.ts';
import { type Environment, errorCode } from './environment.ts';

const MAX_BYTES = 64 * 1024;

const DATABASE = 'DATABASE_URL';
/** They say how Node.js, a shell, the loader or an interpreter runs, or where it finds its files. */
const RUNTIME =
  /^(?:NODE_.*|LD_.*|DYLD_.*|BASH_.*|ENV|SHELLOPTS|IFS|PROMPT_COMMAND|PATH|HOME|SHELL|TMPDIR|XDG_.*|PYTHON.*|PERL.*|RUBY.*|GIT_.*|PG.*|SSL_.*|OPENSSL_.*|NOTIFY_SOCKET)$/i;

export interface EnvFile {
  variables: Environment;
  warnings: readonly { message: string; hint: string }[];
}

/**
 * Reads the NAME=value lines of a file that the user named. It can describe a connection and hold the secrets that `env:NAME`
 * refers to; which database is used and how programs run is left to the environment of the process. Throws
 * AppError('configuration') when others can read or change the file.
 */
export function readEnvFile(file: string): EnvFile {
  const all = Object.entries(parseEnv(readNamed(file)));
  const names = all.map(([name]) => name);
  const ofRuntime = names.filter((name) => RUNTIME.test(name));
  return {
    variables: Object.fromEntries(all.filter(([name]) => !isDatabase(name) && !RUNTIME.test(name))),
    warnings: [
      ...(names.some(isDatabase)
        ? [{ message: `${DATABASE} in ${file} is not used`, hint: 'give --db or set it in the environment' }]
        : []),
      ...(ofRuntime.length > 0
        ? [
            {
              message: `${ofRuntime.join(', ')} in ${file} ${ofRuntime.length === 1 ? 'is' : 'are'} not used`,
              hint: 'the file is for PROXMOX_* and for the variables that env:NAME refers to',
            },
          ]
        : []),
    ],
  };
}

/** Otherwise root trusts folders of every user. */
const AS_ROOT = { reader: { uid: -1, gid: 0 } };

/**
 * Stricter than for the file of one secret: no link, and also for root no file of another user, since its lines choose the
 * server that a credential goes to.
 */
function readNamed(file: string): string {
  try {
    const folder = trustedFolder(path.dirname(file), { file, what: 'file', ...(process.geteuid?.() === 0 && AS_ROOT) });
    return readRegularFile(path.join(folder, path.basename(file)), {
      maxBytes: MAX_BYTES,
      isNotLink: true,
      check: (stats) => refuseShared(stats, file),
    });
  } catch (error) {
    throw error instanceof AppError ? error : unreadable(file, errorCode(error));
  }
}

function refuseShared({ uid, mode }: Stats, file: string): void {
  if (process.platform === 'win32') return;
  const own = process.geteuid?.() ?? 0;
  if (uid !== own && uid !== 0) throw refusal(`${file} belongs to another user (uid ${uid})`, `chown it to uid ${own}`);
  const permissions = (mode & 0o777).toString(8);
  if ((mode & 0o077) !== 0)
    throw refusal(`${file} can be read or changed by others (mode ${permissions})`, `chmod 600 ${file}`);
}

function unreadable(file: string, code: string): AppError {
  if (code === 'ENOENT' || code === 'ENOTDIR') return refusal(`there is no file ${file}`, 'check the path');
  // What O_NOFOLLOW says of a link; FreeBSD says EMLINK.
  if (code === 'ELOOP' || code === 'EMLINK') return refusal(`${file} is a link`, 'name the file that it leads to');
  return refusal(`${file} cannot be read (${code})`, 'name a file of NAME=value lines that this user can read');
}

function refusal(message: string, hint: string): AppError {
  return new AppError('configuration', message, { hint });
}

/** Variables have no case on Windows. */
function isDatabase(name: string): boolean {
  return name.toUpperCase() === DATABASE;
}
