import { parseEnv } from 'node:util';
import type { Environment } from './environment.ts';
import { readPrivateFile } from './private-file.ts';

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
  const all = Object.entries(parseEnv(readPrivateFile(file, MAX_BYTES)));
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

/** Variables have no case on Windows. */
function isDatabase(name: string): boolean {
  return name.toUpperCase() === DATABASE;
}
