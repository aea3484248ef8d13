import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { splitApiToken } from '../../types/auth-id.ts';
import { AppError } from '../../types/errors.ts';
import { type Environment, errorCode } from './environment.ts';

const COMMAND_TIMEOUT_MS = 30_000;
/** Shorter values are found in too many variables by chance. */
const LEAST_SECRET_LENGTH = 8;
const OWN_SECRETS = /^(?:PROXMOX_|PGPASS)|^DATABASE_URL$/;

interface CommandSources {
  env: Environment;
  cwd: string;
  signal: AbortSignal;
  /** Variables that hold the secrets of providers. */
  secretVariables: readonly string[];
}

/** Runs a program without a shell; the secret is the first line that it prints. */
export async function readSecretCommand(commandLine: string, sources: CommandSources): Promise<string> {
  const { cwd, signal } = sources;
  const [program = '', ...args] = splitCommand(commandLine);
  let stdout: string;
  try {
    ({ stdout } = await promisify(execFile)(program, args, {
      cwd,
      env: childEnvironment(sources.env, sources.secretVariables),
      signal,
      timeout: COMMAND_TIMEOUT_MS,
    }));
  } catch (error) {
    if (signal.aborted) throw new AppError('interrupted', 'interrupted');
    throw new AppError('configuration', `the command for a secret failed: ${program} (${errorCode(error)})`, {
      hint: 'run it by hand; it has to print the secret on its first line and end with status 0',
    });
  }
  const [line = ''] = stdout.split('\n');
  if (line.trim() !== '') return line.trim();
  throw new AppError('configuration', `the command for a secret printed nothing: ${program}`, {
    hint: 'run it by hand; it has to print the secret on its first line',
  });
}

/**
 * What a program that fetches one secret may see: not Rollcall's own variables, not those that hold other providers' secrets,
 * and no other variable with the value of one of them.
 */
export function childEnvironment(env: Environment, secretVariables: readonly string[]): Record<string, string> {
  const isSecret = (name: string): boolean => OWN_SECRETS.test(name) || secretVariables.includes(name);
  const secrets = Object.entries(env).flatMap(([name, value]) => (isSecret(name) ? secretsIn(name, value) : []));
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || isSecret(name) || secrets.some((secret) => value.includes(secret)) ? [] : [[name, value]],
    ),
  );
}

/** Addresses, names and files are no secrets: they may be in other variables. */
function secretsIn(name: string, value = ''): string[] {
  if (/_(?:ENDPOINT|HOST|USER|NAME|TOKEN_ID|CA_FILE|FINGERPRINT|INSECURE)$/.test(name)) return [];
  const secret = splitApiToken(value)?.secret ?? value;
  return secret.length < LEAST_SECRET_LENGTH ? [] : [secret];
}

/** Words are separated by spaces; `'…'` and `"…"` hold spaces together. Nothing is expanded, and there are no escapes. */
export function splitCommand(commandLine: string): string[] {
  const words = commandLine.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];
  return words.map((word) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_, single = '', double = '') => `${single}${double}`),
  );
}
