import type { Login, Manifest } from '../../providers/manifest.ts';
import type { Credential, ProviderConfig } from '../../types/provider.ts';
import { DEFAULT_MANIFEST, providerEntry } from '../registry.ts';
import { type Environment, variable } from './environment.ts';
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
  login?: string;
}

/** The provider to store; what flags leave out comes from the environment. null, and problems, when it is not enough. */
export function newProvider(
  name: string,
  { type, flags, credential, env, cwd }: NewProvider,
  problems: Problems,
): ProviderConfig | null {
  const { manifest } = providerEntry({ name, type });
  checkName(name, problems);
  const endpoints = findEndpoints(flags, env, problems, manifest);
  const tls = findTls(flags, { env, cwd, manifest }, problems) ?? { mode: 'system' };
  const found = hasCredentialFlags(credential)
    ? credentialFromFlags(credential, { stored: null, manifest }, problems)
    : credentialFromVariables(manifest, env, problems);
  if (!namesEndpoint(flags, env, manifest) || (!hasCredentialFlags(credential) && !hasCredential(env)))
    adviseEnvFile(flags, cwd, problems);
  return problems.count > 0 || found === null ? null : { name, type, endpoints, tls, credential: found };
}

interface NewProvider {
  /** A kind of the registry. */
  type: string;
  flags: ConnectionFlags;
  credential: CredentialFlags;
  env: Environment;
  cwd: string;
}

/** References to the variables of a kind, never their values. */
function credentialFromVariables(manifest: Manifest, env: Environment, problems: Problems): Credential | null {
  if (manifest === DEFAULT_MANIFEST) return findCredential(env, problems);
  const login = manifest.logins.find(({ id }) => id.variable !== undefined && variable(env, id.variable) !== undefined);
  const usual = manifest.logins.find(({ id }) => id.usual !== undefined)?.id.usual;
  if (login === undefined && usual !== undefined) return { kind: 'login', login: usual };
  if (login === undefined) {
    const flags = manifest.logins.map(({ id, secrets }) => [id, ...secrets].map(({ flag }) => flag).join(' and '));
    problems.add(`who logs in to ${manifest.server.title} is not given`, `give ${flags.join(', or ')}`);
    return null;
  }
  const given = login.secrets.filter(({ variable: name }) => name !== undefined && variable(env, name) !== undefined);
  const references = given.map(({ flag, variable: name = '' }) => [FLAG_NAMES[flag], `env:${name}`]);
  const id = [FLAG_NAMES[login.id.flag], variable(env, login.id.variable ?? '')];
  return credentialFromFlags(Object.fromEntries([id, ...references]), { stored: null, manifest }, problems);
}

const FLAG_NAMES = {
  '--token-id': 'tokenId',
  '--user': 'user',
  '--secret': 'secret',
  '--password': 'password',
  '--totp': 'totp',
  '--login': 'login',
} as const satisfies Record<string, keyof CredentialFlags>;

export function hasCredentialFlags(flags: CredentialFlags): boolean {
  return Object.values(FLAG_NAMES).some((name) => flags[name] !== undefined);
}

/** What flags leave out stays as it is stored. */
export function credentialFromFlags(
  flags: CredentialFlags,
  { stored, manifest }: { stored: Credential | null; manifest: Pick<Manifest, 'logins' | 'server'> },
  problems: Problems,
): Credential | null {
  const { tokenId, secret, user, password, totp, login: way } = flags;
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
  const ofVendor = manifest.logins.find(({ kind }) => kind === 'login');
  if (way !== undefined || ofVendor !== undefined)
    return loginCredential(flags, { stored, login: ofVendor, manifest }, problems);
  const isPassword = user !== undefined || password !== undefined || totp !== undefined;
  if (isPassword && (tokenId !== undefined || secret !== undefined)) {
    problems.add('both a token and a password are given', 'give --token-id and --secret, or --user and --password');
    return null;
  }
  const login = manifest.logins.find(({ kind }) => kind === (isPassword ? 'password' : 'token'));
  const unknown = isPassword ? (totp !== undefined && !hasFlag(login, '--totp') ? '--totp' : '--user') : '--token-id';
  if (login === undefined || unknown === '--totp') {
    const ids = manifest.logins.map(({ id }) => id.flag).join(' or ');
    problems.add(`${manifest.server.title} has no login by ${unknown}`, `give ${ids}`);
    return null;
  }
  return login.kind === 'password'
    ? passwordCredential(flags, { stored, login }, problems)
    : tokenCredential(flags, { stored, login }, problems);
}

function hasFlag(login: Login | undefined, flag: string): boolean {
  return login?.secrets.some((secret) => secret.flag === flag) === true;
}

interface Given {
  stored: Credential | null;
  login: Login;
}

function tokenCredential(
  { tokenId, secret }: CredentialFlags,
  { stored, login }: Given,
  problems: Problems,
): Credential | null {
  const known = stored?.kind === 'token' ? stored : null;
  const [id, secretRef] = [tokenId ?? known?.tokenId, secret ?? known?.secretRef];
  if (id !== undefined && !login.id.pattern.test(id)) {
    problems.add(login.id.refusal.what, login.id.refusal.fix);
    return null;
  }
  if (id !== undefined && secretRef !== undefined) return { kind: 'token', tokenId: id, secretRef };
  problems.add(
    id === undefined ? '--secret is given without --token-id' : '--token-id is given without --secret',
    `give both; --secret takes ${SECRET_REFERENCES}`,
  );
  return null;
}

function loginCredential(
  { tokenId, secret, user, password, totp, login: way }: CredentialFlags,
  {
    stored,
    login,
    manifest,
  }: { stored: Credential | null; login: Login | undefined; manifest: Pick<Manifest, 'server'> },
  problems: Problems,
): Credential | null {
  const { title } = manifest.server;
  const other = Object.entries({ '--token-id': tokenId, '--user': user, '--password': password, '--totp': totp });
  const unknown = login === undefined ? '--login' : other.find(([, value]) => value !== undefined)?.[0];
  const known = stored?.kind === 'login' ? stored : null;
  const id = way ?? known?.login;
  if (login === undefined || unknown !== undefined || id === undefined) {
    const fix = login === undefined ? 'leave it out' : `give --login: ${login.id.refusal.fix}`;
    problems.add(
      unknown === undefined ? `who logs in to ${title} is not given` : `${title} has no login by ${unknown}`,
      fix,
    );
    return null;
  }
  if (!login.id.pattern.test(id)) {
    problems.add(login.id.refusal.what, login.id.refusal.fix);
    return null;
  }
  const isOwn = login.withoutSecret?.test(id) === true;
  const secretRef = secret ?? (isOwn ? undefined : known?.secretRef);
  if (isOwn === (secretRef === undefined))
    return { kind: 'login', login: id, ...(secretRef !== undefined && { secretRef }) };
  if (isOwn) problems.add(`--login ${id} takes no --secret`, 'leave one of them out');
  else problems.add(`--login ${id} is given without --secret`, `give both; --secret takes ${SECRET_REFERENCES}`);
  return null;
}

function passwordCredential(
  { user, password, totp }: CredentialFlags,
  { stored, login }: Given,
  problems: Problems,
): Credential | null {
  const known = stored?.kind === 'password' ? stored : null;
  const [name, passwordRef, totpRef] = [user ?? known?.user, password ?? known?.passwordRef, totp ?? known?.totpRef];
  if (name !== undefined && !login.id.pattern.test(name)) {
    problems.add(login.id.refusal.what, login.id.refusal.fix);
    return null;
  }
  if (name !== undefined && passwordRef !== undefined) {
    return { kind: 'password', user: name, passwordRef, ...(totpRef !== undefined && { totpRef }) };
  }
  problems.add('--user and --password belong together', 'give both');
  return null;
}
