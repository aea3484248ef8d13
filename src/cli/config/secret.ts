import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../../types/errors.ts';
import type { Credential } from '../../types/provider.ts';
import { type Environment, errorCode } from './environment.ts';

export const SECRET_REFERENCES = 'env:NAME, file:/path or command:PROGRAM ARGUMENTS';

const COMMAND_TIMEOUT_MS = 30_000;

export interface SecretSources {
  env: Environment;
  cwd: string;
  signal: AbortSignal;
}

export function isSecretReference(text: string): boolean {
  return /^(env|file|command|keyring):./.test(text);
}

/**
 * The secret that a reference stands for. No error shows it, nor what a command printed. Throws AppError('configuration').
 */
export async function resolveSecret(reference: string, sources: SecretSources): Promise<string> {
  const [, scheme, rest = ''] = /^(env|file|command|keyring):(.+)$/.exec(reference) ?? [];
  switch (scheme) {
    case 'env':
      return fromEnvironment(rest, sources.env);
    case 'file':
      return fromFile(path.resolve(sources.cwd, rest));
    case 'command':
      return fromCommand(rest, sources);
    case 'keyring':
      throw new AppError('configuration', `no keyring is available for ${reference}`, {
        hint: 'use a command that asks it: command:secret-tool lookup service rollcall',
      });
    default:
      // Not shown: it may be the secret itself.
      throw new AppError('configuration', 'a secret is not given as a reference', { hint: `use ${SECRET_REFERENCES}` });
  }
}

function fromEnvironment(name: string, env: Environment): string {
  const value = env[name]?.trim();
  if (value) return value;
  throw new AppError('configuration', `the environment variable ${name} is not set`, {
    hint: `export ${name}, or let the provider use another reference: rollcall providers update NAME --secret file:/path`,
  });
}

function fromFile(file: string): string {
  let text: string;
  try {
    const mode = statSync(file).mode & 0o777;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new AppError(
        'configuration',
        `${file} holds a secret and can be read by others (mode ${mode.toString(8)})`,
        {
          hint: `chmod 600 ${file}`,
        },
      );
    }
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('configuration', `the secret in ${file} cannot be read (${errorCode(error)})`, {
      hint: 'write it there with mode 600, readable by the user that runs rollcall',
    });
  }
  if (text === '') throw new AppError('configuration', `${file} is empty`, { hint: 'write the secret into it' });
  return text;
}

/** Runs a program without a shell; the secret is the first line that it prints. */
async function fromCommand(commandLine: string, { env, cwd, signal }: SecretSources): Promise<string> {
  const [program = '', ...args] = splitCommand(commandLine);
  let stdout: string;
  try {
    ({ stdout } = await promisify(execFile)(program, args, {
      cwd,
      env: { ...env },
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

/** Words are separated by spaces; `'…'` and `"…"` hold spaces together. Nothing is expanded, and there are no escapes. */
export function splitCommand(commandLine: string): string[] {
  const words = commandLine.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];
  return words.map((word) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_, single = '', double = '') => `${single}${double}`),
  );
}

/** What the transport takes. */
export type ResolvedCredential =
  | { kind: 'token'; tokenId: string; secret: string }
  | { kind: 'password'; user: string; password: string; totpSecret?: string };

/** A token's secret may also be stored whole, as `user@realm!id=secret`. */
export async function resolveCredential(credential: Credential, sources: SecretSources): Promise<ResolvedCredential> {
  if (credential.kind === 'token') {
    const secret = await resolveSecret(credential.secretRef, sources);
    const prefix = `${credential.tokenId}=`;
    return {
      kind: 'token',
      tokenId: credential.tokenId,
      secret: secret.startsWith(prefix) ? secret.slice(prefix.length) : secret,
    };
  }
  const { user, passwordRef, totpRef } = credential;
  const password = await resolveSecret(passwordRef, sources);
  const totpSecret = totpRef === undefined ? undefined : await resolveSecret(totpRef, sources);
  return { kind: 'password', user, password, ...(totpSecret !== undefined && { totpSecret }) };
}
