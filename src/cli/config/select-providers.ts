import { AppError } from '../../types/errors.ts';
import type { ProviderConfig } from '../../types/provider.ts';
import { matches } from '../matches.ts';
import { nearest } from '../suggest.ts';
import { type Environment, variable } from './environment.ts';
import {
  type ConnectionFlags,
  environmentProvider,
  findCredential,
  findEndpoints,
  findName,
  findTls,
  namesEndpoint,
} from './environment-provider.ts';
import { Problems } from './problems.ts';

/** Absent `isEnabled`: it is. */
export type StoredProvider = ProviderConfig & { isEnabled?: boolean };

/** What is stored of a provider, and what this run connects with, which flags and environment may change. */
export interface Target {
  stored: ProviderConfig;
  used: ProviderConfig;
}

export interface Selection {
  targets: readonly Target[];
  warnings: readonly { message: string; hint: string }[];
}

interface Sources {
  stored: readonly StoredProvider[];
  flags: ConnectionFlags;
  env: Environment;
  cwd: string;
  /** Patterns of `--provider`; empty: all. */
  names: readonly string[];
}

/**
 * The providers that a command talks to: flags, before environment, before what is stored. Without a stored provider the
 * environment describes the one. A stored provider whose credential is in PROXMOX_* follows the environment: while that names
 * another server, it takes no part. Beside providers with a credential of their own the environment changes the settings of
 * the one that it names, by endpoint or PROXMOX_VE_NAME, and adds none, for many working directories have a `.env` with
 * PROXMOX_* for another purpose. Throws AppError('configuration') with all problems, AppError('not-found').
 */
export function selectProviders(sources: Sources): Selection {
  const { stored, flags, env, names } = sources;
  if (flags.endpoint !== undefined && flags.endpoint.length > 0) return { targets: [byFlag(sources)], warnings: [] };
  const named = namesEndpoint(flags, env) ? namedByEnvironment(sources) : undefined;
  const own = stored.filter((config) => !isFromEnvironment(config));
  const isUnknownServer = namesEndpoint(flags, env) && named === undefined;
  if (stored.length === 0 || (names.length === 0 && isUnknownServer && own.length === 0)) {
    return { targets: [fromEnvironment(sources)], warnings: [] };
  }
  const candidates =
    names.length > 0 || !namesEndpoint(flags, env)
      ? stored
      : stored.filter((one) => one === named || own.includes(one));
  const selected = names.length === 0 ? candidates : namedOnes(names, stored);
  return {
    targets: enabledOnes(selected, names).map((config) => withOverrides(config, config === named, sources)),
    warnings: isUnknownServer && names.length === 0 ? [unusedEnvironment(env)] : [],
  };
}

function byFlag(sources: Sources): Target {
  const { stored, flags, env, names } = sources;
  const problems = new Problems();
  const endpoints = findEndpoints(flags, env, problems);
  const [name] = names;
  const known = stored.find((config) =>
    name === undefined ? sharesEndpoint(config, endpoints) : config.name === name,
  );
  if (known === undefined) return fromEnvironment(sources);
  problems.throwIfAny();
  enabledOnes([known], [known.name]);
  const { used } = withOverrides(known, false, sources);
  return { stored: known, used: { ...used, endpoints } };
}

/** Each pattern has to name one. */
function namedOnes(names: readonly string[], stored: readonly StoredProvider[]): StoredProvider[] {
  const unknown = names.filter((pattern) => !stored.some(({ name }) => matches(pattern, name)));
  if (unknown.length > 0) throw noSuchProvider(unknown, stored);
  return stored.filter(({ name }) => names.some((one) => matches(one, name)));
}

/** Commands that talk to servers leave out what is disabled; to name it, and nothing but it, is an error. */
function enabledOnes(selected: readonly StoredProvider[], names: readonly string[]): StoredProvider[] {
  const enabled = selected.filter(({ isEnabled }) => isEnabled !== false);
  const disabled = selected.filter(({ isEnabled }) => isEnabled === false).map(({ name }) => name);
  const byName = disabled.find((name) => names.some((one) => one.toLowerCase() === name.toLowerCase()));
  if (byName !== undefined) {
    throw new AppError('configuration', `provider ${byName} is disabled`, {
      hint: `rollcall providers enable ${byName}`,
    });
  }
  if (enabled.length === 0) {
    throw new AppError('configuration', `no provider is enabled: ${disabled.join(', ')}`, {
      hint: `rollcall providers enable ${disabled[0] ?? 'NAME'}`,
    });
  }
  return enabled;
}

function fromEnvironment({ flags, env, cwd, names }: Sources): Target {
  const problems = new Problems();
  const config = environmentProvider({ flags, env, cwd, name: flags.endpoint ? names[0] : undefined }, problems);
  problems.throwIfAny();
  if (config === null) throw new Error('an environment without problems describes a provider');
  if (names.length > 0) namedOnes(names, [config]);
  return { stored: config, used: config };
}

/** The stored provider that the environment means; undefined when it means none of them. */
function namedByEnvironment({ stored, flags, env, cwd }: Sources): ProviderConfig | undefined {
  const endpoints = findEndpoints(flags, env, new Problems());
  const config = environmentProvider({ flags, env, cwd }, new Problems());
  const name = config?.name ?? variable(env, 'PROXMOX_VE_NAME');
  return stored.find((one) => one.name === name) ?? stored.find((one) => sharesEndpoint(one, endpoints));
}

function withOverrides(config: ProviderConfig, isNamed: boolean, { flags, env, cwd }: Sources): Target {
  const problems = new Problems();
  const tls = findTls(flags, isNamed ? env : {}, cwd, problems);
  const byEnvironment: Partial<ProviderConfig> = {};
  if (isNamed) {
    findName(env, problems);
    byEnvironment.endpoints = findEndpoints(flags, env, problems);
    if (hasCredential(env)) {
      const credential = findCredential(env, problems);
      if (credential !== null) byEnvironment.credential = credential;
    }
  }
  problems.throwIfAny();
  const used = { ...config, ...byEnvironment, ...(tls && { tls }) };
  // A provider that came from the environment follows it; one that was stored on purpose is only used differently.
  // Without its id its settings are written anew.
  const { id: _, ...settings } = used;
  return { stored: isNamed && isFromEnvironment(config) ? settings : config, used };
}

function hasCredential(env: Environment): boolean {
  return ['PROXMOX_VE_API_TOKEN', 'PROXMOX_TOKEN_ID', 'PROXMOX_PASSWORD'].some(
    (name) => variable(env, name) !== undefined,
  );
}

function isFromEnvironment({ credential }: ProviderConfig): boolean {
  const reference = credential.kind === 'token' ? credential.secretRef : credential.passwordRef;
  return reference.startsWith('env:PROXMOX_');
}

function sharesEndpoint(config: ProviderConfig, endpoints: readonly string[]): boolean {
  return config.endpoints.some((endpoint) => endpoints.includes(endpoint));
}

export function noSuchProvider(names: readonly string[], stored: readonly ProviderConfig[]): AppError {
  const known = stored.map(({ name }) => name);
  const near = nearest(names[0] ?? '', known);
  const list = known.length === 0 ? 'none is stored' : `there are: ${known.join(', ')}`;
  return new AppError('not-found', `there is no provider ${names.join(', ')}`, {
    hint: near === undefined ? list : `did you mean ${near}? ${list}`,
  });
}

function unusedEnvironment(env: Environment): Selection['warnings'][number] {
  const name = variable(env, 'PROXMOX_VE_ENDPOINT') === undefined ? 'PROXMOX_HOST' : 'PROXMOX_VE_ENDPOINT';
  return {
    message: `${name} is set to a server that is none of the stored providers, and is not used`,
    hint: 'store it with `rollcall providers add NAME`, or name it for this run with --endpoint',
  };
}
