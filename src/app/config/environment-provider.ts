import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Manifest } from '../../providers/manifest.ts';
import { isTokenId, isUserId, splitApiToken } from '../../types/auth-id.ts';
import type { Credential, ProviderConfig, TlsTrust } from '../../types/provider.ts';
import { DEFAULT_MANIFEST } from '../registry.ts';
import { hostOf, toEndpoint } from './endpoint.ts';
import { type Environment, variable } from './environment.ts';
import type { Problems } from './problems.ts';
import { checkName } from './provider-name.ts';
import { toTlsTrust } from './tls.ts';

/** What the command line says about a connection; it goes before the environment. */
export interface ConnectionFlags {
  endpoint?: readonly string[];
  insecure?: boolean;
  caFile?: string;
  fingerprint?: string;
  /** A file that was named, whose variables are part of the environment. */
  environmentFile?: string;
}

const TOKEN_FIX = "write it as user@realm!name=secret: PROXMOX_VE_API_TOKEN='rollcall@pve!ro=0000…'";

/** Whether flags or environment name a host at all. */
export function namesEndpoint(
  flags: ConnectionFlags,
  env: Environment,
  { address }: Pick<Manifest, 'address'> = DEFAULT_MANIFEST,
): boolean {
  return (flags.endpoint?.length ?? 0) > 0 || address.variables.some((name) => variable(env, name) !== undefined);
}

const CREDENTIALS = ['PROXMOX_VE_API_TOKEN', 'PROXMOX_TOKEN_ID', 'PROXMOX_PASSWORD'];

/** Whether the environment has a credential, complete or not. */
export function hasCredential(env: Environment): boolean {
  return CREDENTIALS.some((name) => variable(env, name) !== undefined);
}

/** Rollcall once read the `.env` of the working directory. Only whether there is one is looked at. */
export function adviseEnvFile({ environmentFile }: ConnectionFlags, cwd: string, problems: Problems): void {
  if (environmentFile === undefined && existsSync(path.join(cwd, '.env')))
    problems.advise('the .env in the working directory is read only if it is named: --environment-file .env');
}

/** The provider that flags and environment describe. null, and problems, when they are not enough. */
export function environmentProvider(
  { flags, env, cwd, name }: { flags: ConnectionFlags; env: Environment; cwd: string; name?: string | undefined },
  problems: Problems,
): ProviderConfig | null {
  const endpoints = findEndpoints(flags, env, problems, DEFAULT_MANIFEST);
  const credential = findCredential(env, problems);
  const tls = findTls(flags, { env, cwd, manifest: DEFAULT_MANIFEST }, problems) ?? { mode: 'system' };
  if (!namesEndpoint(flags, env) || !hasCredential(env)) adviseEnvFile(flags, cwd, problems);
  const [first] = endpoints;
  const byVariable = findName(env, problems);
  if (name !== undefined) checkName(name, problems);
  if (first === undefined || credential === null) return null;
  return {
    name: name ?? byVariable ?? hostOf(first),
    type: DEFAULT_MANIFEST.kind,
    endpoints,
    tls,
    credential,
  };
}

/** What of the environment counts for a provider: it describes those of the default kind only. */
export function environmentOf({ type }: Pick<ProviderConfig, 'type'>, env: Environment): Environment {
  return type === DEFAULT_MANIFEST.kind ? env : {};
}

/** Which provider the environment describes, where it says so. */
export function findName(env: Environment, problems: Problems): string | undefined {
  const name = variable(env, 'PROXMOX_VE_NAME');
  if (name !== undefined) checkName(name, problems, 'PROXMOX_VE_NAME');
  return name;
}

export function findEndpoints(
  flags: ConnectionFlags,
  env: Environment,
  problems: Problems,
  manifest: Pick<Manifest, 'server' | 'address'>,
): string[] {
  const { server, address } = manifest;
  const [source, texts] = endpointTexts(flags, env, manifest);
  if (texts.length === 0) {
    problems.add(
      `no ${server.title} server is named`,
      `set ${address.variables[0] ?? ''}=${address.example}, or store one with \`rollcall providers add\``,
    );
  }
  if (texts.length > 1 && !address.isMany) problems.add(`${source} names several servers`, 'name one');
  return texts.map((text) => toEndpoint(text, source, problems, manifest)).filter((endpoint) => endpoint !== null);
}

/** The flag or the variable that the endpoints come from; empty when there is none. */
export function endpointSource(flags: ConnectionFlags, env: Environment): string {
  return endpointTexts(flags, env, DEFAULT_MANIFEST)[0];
}

/** The flag or the variable that the trust comes from. */
export function tlsSource({ fingerprint, caFile, insecure }: ConnectionFlags, env: Environment): string {
  if (fingerprint !== undefined) return '--fingerprint';
  if (caFile !== undefined) return '--ca-file';
  if (insecure === true) return '--insecure';
  const { variables } = DEFAULT_MANIFEST.server;
  const names = [variables.fingerprint, variables.caFile];
  return names.find((name) => variable(env, name) !== undefined) ?? variables.insecure;
}

function endpointTexts(
  flags: ConnectionFlags,
  env: Environment,
  { address }: Pick<Manifest, 'address'>,
): [source: string, texts: readonly string[]] {
  if (flags.endpoint && flags.endpoint.length > 0) return ['--endpoint', flags.endpoint];
  for (const name of address.variables) {
    const value = variable(env, name);
    if (value !== undefined) return [name, value.split(',').filter((text) => text.trim() !== '')];
  }
  return ['', []];
}

/** The certificate's trust by flags, else by environment; undefined when neither says anything. */
export function findTls(
  flags: ConnectionFlags,
  { env, cwd, manifest }: { env: Environment; cwd: string; manifest: Pick<Manifest, 'server'> },
  problems: Problems,
): TlsTrust | undefined {
  const { server: words } = manifest;
  const { variables } = words;
  const byFlags = toTlsTrust(
    {
      insecure: { name: '--insecure', isSet: flags.insecure === true },
      caFile: { name: '--ca-file', value: flags.caFile },
      fingerprint: { name: '--fingerprint', value: flags.fingerprint },
    },
    { cwd, words },
    problems,
  );
  if (byFlags) return byFlags;
  return toTlsTrust(
    {
      insecure: { name: variables.insecure, isSet: isTrue(env, variables.insecure, problems) },
      caFile: { name: variables.caFile, value: variable(env, variables.caFile) },
      fingerprint: { name: variables.fingerprint, value: variable(env, variables.fingerprint) },
    },
    { cwd, words },
    problems,
  );
}

function isTrue(env: Environment, name: string, problems: Problems): boolean {
  const value = variable(env, name)?.toLowerCase() ?? 'false';
  if (['1', 'true', 'yes', 'on'].includes(value)) return true;
  if (!['0', 'false', 'no', 'off'].includes(value))
    problems.add(`${name} is neither true nor false`, `set ${name}=true or remove it`);
  return false;
}

/** References to the variables, never their values. */
export function findCredential(env: Environment, problems: Problems): Credential | null {
  const apiToken = variable(env, 'PROXMOX_VE_API_TOKEN');
  if (apiToken !== undefined) return fromApiToken(apiToken, problems);
  if (variable(env, 'PROXMOX_TOKEN_ID') !== undefined) return fromTokenParts(env, problems);
  const user = variable(env, 'PROXMOX_USER');
  const hasPassword = variable(env, 'PROXMOX_PASSWORD') !== undefined;
  if (user === undefined && !hasPassword) {
    problems.add('no token for the Proxmox VE server is set', `set PROXMOX_VE_API_TOKEN: ${TOKEN_FIX}`);
    return null;
  }
  return fromPassword(user, { hasPassword, hasTotp: variable(env, 'PROXMOX_TOTP_SECRET') !== undefined }, problems);
}

function fromApiToken(value: string, problems: Problems): Credential | null {
  const token = splitApiToken(value);
  if (token !== null) return { kind: 'token', tokenId: token.tokenId, secretRef: 'env:PROXMOX_VE_API_TOKEN' };
  problems.add('PROXMOX_VE_API_TOKEN is not an API token', TOKEN_FIX);
  return null;
}

function fromTokenParts(env: Environment, problems: Problems): Credential | null {
  const id = variable(env, 'PROXMOX_TOKEN_ID') ?? '';
  const tokenId = isTokenId(id) ? id : `${variable(env, 'PROXMOX_USER') ?? ''}!${id}`;
  const before = problems.count;
  if (!isTokenId(tokenId)) {
    problems.add(
      'PROXMOX_TOKEN_ID is not the id of a token',
      'write it as user@realm!name, or set PROXMOX_USER=user@realm too',
    );
  }
  if (variable(env, 'PROXMOX_TOKEN_SECRET') === undefined) {
    problems.add(
      'PROXMOX_TOKEN_ID is set without PROXMOX_TOKEN_SECRET',
      'set PROXMOX_TOKEN_SECRET to the secret that `pveum user token add` printed',
    );
  }
  return problems.count > before ? null : { kind: 'token', tokenId, secretRef: 'env:PROXMOX_TOKEN_SECRET' };
}

function fromPassword(
  user: string | undefined,
  { hasPassword, hasTotp }: { hasPassword: boolean; hasTotp: boolean },
  problems: Problems,
): Credential | null {
  const before = problems.count;
  if (user === undefined) problems.add('PROXMOX_PASSWORD is set without PROXMOX_USER', 'set PROXMOX_USER=user@realm');
  else if (!isUserId(user)) problems.add('PROXMOX_USER has no realm', 'write it as user@realm, such as root@pam');
  if (!hasPassword) {
    problems.add(
      'PROXMOX_USER is set without a password or token',
      'set PROXMOX_TOKEN_ID and PROXMOX_TOKEN_SECRET, or PROXMOX_PASSWORD',
    );
  }
  if (problems.count > before || user === undefined) return null;
  return {
    kind: 'password',
    user,
    passwordRef: 'env:PROXMOX_PASSWORD',
    ...(hasTotp && { totpRef: 'env:PROXMOX_TOTP_SECRET' }),
  };
}
