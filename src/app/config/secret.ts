import path from 'node:path';
import { AppError } from '../../types/errors.ts';
import {
  allReferencesOf,
  type Credential,
  type ProviderConfig,
  type ResolvedCredential,
  referencesOf,
} from '../../types/provider.ts';
import type { Keyring } from '../machine.ts';
import type { AllowedCommands } from './allowed-commands.ts';
import type { Environment } from './environment.ts';
import { readKeyring, systemKeyring } from './keyring.ts';
import { readSecretCommand } from './secret-command.ts';
import { readSecretFile } from './secret-file.ts';

export const SECRET_REFERENCES = 'env:NAME, file:/path, keyring:SERVICE/ACCOUNT or command:PROGRAM ARGUMENTS';

export interface SecretSources {
  /** The stored provider that the secrets are for, as hints name it. */
  provider?: string | undefined;
  /** The option that gives the reference. By default `--secret`. */
  option?: string;
  env: Environment;
  /** Of this process alone, without a file that was named: programs get it from here. By default `env`. */
  processEnv?: Environment;
  cwd: string;
  signal: AbortSignal;
  keyring?: Keyring | undefined;
  /** Variables with the secrets of providers, which no program that is started gets. */
  secretVariables?: () => Promise<readonly string[]>;
  /** Secrets that were just given and are not stored yet, by reference. */
  given?: ReadonlyMap<string, string>;
  /** The programs that may be run for a secret. */
  commands: Pick<AllowedCommands, 'has' | 'file'>;
}

export function isSecretReference(text: string): boolean {
  return /^(env|file|command|keyring):./.test(text);
}

/**
 * The secret that a reference stands for. No error shows it, nor what a command printed. Throws AppError('configuration').
 */
export async function resolveSecret(reference: string, sources: SecretSources): Promise<string> {
  const given = sources.given?.get(reference);
  if (given !== undefined) return given;
  const [, scheme, rest = ''] = /^(env|file|command|keyring):(.+)$/s.exec(reference) ?? [];
  switch (scheme) {
    case 'env':
      return fromEnvironment(rest, sources);
    case 'file':
      return readSecretFile(path.resolve(sources.cwd, rest));
    case 'command':
      requireAllowed(rest.trim(), sources);
      return readSecretCommand(rest, {
        processEnv: sources.processEnv ?? sources.env,
        env: sources.env,
        signal: sources.signal,
        secretVariables: (await sources.secretVariables?.()) ?? [],
      });
    case 'keyring':
      return readKeyring(rest, sources.keyring ?? systemKeyring, sources);
    default:
      // Not shown: it may be the secret itself.
      throw new AppError('configuration', 'a secret is not given as a reference', { hint: `use ${SECRET_REFERENCES}` });
  }
}

/** References come from the database, which others may write to; whether a program is run is decided on this machine. */
function requireAllowed(commandLine: string, { commands, provider, option }: SecretSources): void {
  if (commands.has(commandLine)) return;
  const isOfProvider = provider !== undefined || option === undefined;
  const confirm = isOfProvider ? `: rollcall providers confirm ${provider ?? 'NAME'}, or` : ',';
  throw new AppError('unconfirmed', `this machine does not allow the command for a secret: ${commandLine}`, {
    hint: `if you know it${confirm} add the line to ${commands.file}`,
  });
}

function fromEnvironment(name: string, { env, provider, option = '--secret' }: SecretSources): string {
  const value = env[name]?.trim();
  if (value) return value;
  const other =
    provider === undefined
      ? `give another reference to the secret: ${option} file:/path`
      : `let the provider use another reference: rollcall providers update ${provider} ${option} file:/path`;
  throw new AppError('configuration', `the environment variable ${name} is not set`, {
    hint: `export ${name}, or ${other}`,
  });
}

/** The secrets of a credential, by reference. Throws AppError('configuration'). */
export async function resolveSecrets(
  credential: Credential,
  sources: SecretSources,
): Promise<ReadonlyMap<string, string>> {
  const secrets = new Map<string, string>();
  for (const reference of referencesOf(credential)) secrets.set(reference, await resolveSecret(reference, sources));
  return secrets;
}

/** The variables that credentials of providers refer to. */
export function secretVariables(
  providers: readonly Pick<ProviderConfig, 'credential' | 'actionCredential'>[],
): string[] {
  return providers.flatMap(allReferencesOf).flatMap((reference) => /^env:(.+)$/.exec(reference)?.[1] ?? []);
}

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
  if (credential.kind === 'login') {
    const { login, secretRef } = credential;
    return {
      kind: 'login',
      login,
      ...(secretRef !== undefined && { secret: await resolveSecret(secretRef, sources) }),
    };
  }
  const { user, passwordRef, totpRef } = credential;
  const password = await resolveSecret(passwordRef, sources);
  const totpSecret = totpRef === undefined ? undefined : await resolveSecret(totpRef, sources);
  return { kind: 'password', user, password, ...(totpSecret !== undefined && { totpSecret }) };
}
