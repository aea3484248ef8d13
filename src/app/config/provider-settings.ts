import { proxmox } from '../../providers/proxmox/manifest.ts';
import { isTokenId, isUserId } from '../../types/auth-id.ts';
import type { Credential, ProviderConfig } from '../../types/provider.ts';
import type { Environment } from './environment.ts';
import {
  adviseEnvFile,
  type ConnectionFlags,
  findCredential,
  findEndpoints,
  findTls,
  hasCredential,
  namesEndpoint,
} from './environment-provider.ts';
import type { Problems } from './problems.ts';
import { checkName } from './provider-name.ts';
import { isSecretReference, SECRET_REFERENCES } from './secret.ts';

/** The options of `providers add` and `providers update` that say how to authenticate. */
export interface CredentialFlags {
  tokenId?: string;
  secret?: string;
  user?: string;
  password?: string;
  totp?: string;
}

/** The provider to store; what flags leave out comes from the environment. null, and problems, when it is not enough. */
export function newProvider(
  name: string,
  {
    flags,
    credential,
    env,
    cwd,
  }: { flags: ConnectionFlags; credential: CredentialFlags; env: Environment; cwd: string },
  problems: Problems,
): ProviderConfig | null {
  checkName(name, problems);
  const endpoints = findEndpoints(flags, env, problems);
  const tls = findTls(flags, env, cwd, problems) ?? { mode: 'system' };
  const found = hasCredentialFlags(credential)
    ? credentialFromFlags(credential, null, problems)
    : findCredential(env, problems);
  if (!namesEndpoint(flags, env) || (!hasCredentialFlags(credential) && !hasCredential(env)))
    adviseEnvFile(flags, cwd, problems);
  return problems.count > 0 || found === null ? null : { name, type: proxmox.kind, endpoints, tls, credential: found };
}

export function hasCredentialFlags(flags: CredentialFlags): boolean {
  return Object.values(flags).some((value) => value !== undefined);
}

/** What flags leave out stays as it is stored. */
export function credentialFromFlags(
  flags: CredentialFlags,
  stored: Credential | null,
  problems: Problems,
): Credential | null {
  const { tokenId, secret, user, password, totp } = flags;
  const before = problems.count;
  for (const [name, value] of Object.entries({ '--secret': secret, '--password': password, '--totp': totp })) {
    // The value is not shown: it may be a secret, which the shell's history has now.
    if (value === undefined || isSecretReference(value)) continue;
    problems.add(
      `${name} is not a reference to a secret`,
      `use ${SECRET_REFERENCES}; a secret on a command line can be seen by others`,
    );
  }
  if (problems.count > before) return null;
  const isPassword = user !== undefined || password !== undefined || totp !== undefined;
  if (isPassword && (tokenId !== undefined || secret !== undefined)) {
    problems.add('both a token and a password are given', 'give --token-id and --secret, or --user and --password');
    return null;
  }
  return isPassword ? passwordCredential(flags, stored, problems) : tokenCredential(flags, stored, problems);
}

function tokenCredential(
  { tokenId, secret }: CredentialFlags,
  stored: Credential | null,
  problems: Problems,
): Credential | null {
  const known = stored?.kind === 'token' ? stored : null;
  const [id, secretRef] = [tokenId ?? known?.tokenId, secret ?? known?.secretRef];
  if (id !== undefined && !isTokenId(id)) {
    problems.add('--token-id is not the id of a token', 'write it as user@realm!name');
    return null;
  }
  if (id !== undefined && secretRef !== undefined) return { kind: 'token', tokenId: id, secretRef };
  problems.add(
    id === undefined ? '--secret is given without --token-id' : '--token-id is given without --secret',
    `give both; --secret takes ${SECRET_REFERENCES}`,
  );
  return null;
}

function passwordCredential(
  { user, password, totp }: CredentialFlags,
  stored: Credential | null,
  problems: Problems,
): Credential | null {
  const known = stored?.kind === 'password' ? stored : null;
  const [name, passwordRef, totpRef] = [user ?? known?.user, password ?? known?.passwordRef, totp ?? known?.totpRef];
  if (name !== undefined && !isUserId(name)) {
    problems.add('--user has no realm', 'write it as user@realm, such as root@pam');
    return null;
  }
  if (name !== undefined && passwordRef !== undefined) {
    return { kind: 'password', user: name, passwordRef, ...(totpRef !== undefined && { totpRef }) };
  }
  problems.add('--user and --password belong together', 'give both');
  return null;
}
