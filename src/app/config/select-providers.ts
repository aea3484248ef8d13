import { nearest } from '../../text/near-names.ts';
import { AppError } from '../../types/errors.ts';
import type { ProviderConfig } from '../../types/provider.ts';
import { compileWildcard } from '../../types/wildcard.ts';
import { DEFAULT_MANIFEST, manifestOf } from '../registry.ts';
import { type Environment, variable } from './environment.ts';
import { keptName, renamedByEnvironment } from './environment-name.ts';
import { type ConnectionFlags, environmentProvider, findEndpoints, namesEndpoint } from './environment-provider.ts';
import { Problems } from './problems.ts';
import {
  isFromEnvironment,
  type StoredProvider,
  type Target,
  trustToStore,
  withOverrides,
} from './provider-overrides.ts';

export type { Target };

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
 * the one that it names, by endpoint or PROXMOX_VE_NAME, and adds none, for many machines set PROXMOX_* for another purpose.
 * A stored credential goes to the stored addresses with the stored trust only. Throws AppError('configuration') with all
 * problems, AppError('not-found').
 */
export function selectProviders(sources: Sources): Selection {
  const { flags, env, names } = sources;
  if (flags.endpoint !== undefined && flags.endpoint.length > 0) return { targets: [byFlag(sources)], warnings: [] };
  const found = namesEndpoint(flags, env) ? namedByEnvironment(sources) : undefined;
  const named = found && renamedByEnvironment(found, env);
  const stored = sources.stored.map((one) => (one === found && named !== undefined ? named : one));
  const own = stored.filter((config) => !isFromEnvironment(config));
  const isUnknownServer = namesEndpoint(flags, env) && named === undefined;
  if (stored.length === 0 || (names.length === 0 && isUnknownServer && own.length === 0)) {
    return { targets: [fromEnvironment(sources)], warnings: [] };
  }
  const unused = isUnknownServer && names.length === 0 ? [unusedEnvironment(env)] : [];
  const candidates =
    names.length > 0 || !namesEndpoint(flags, env)
      ? stored
      : stored.filter((one) => one === named || own.includes(one));
  const selected = names.length === 0 ? candidates : namedOnes(names, stored);
  const enabled = enabledOnes(selected, names);
  const isOnly = enabled.length === 1 && (!namesEndpoint(flags, env) || enabled[0] === named);
  const problems = new Problems();
  const targets = enabled.map((config) =>
    withOverrides(config, { ...sources, isNamed: config === named, isOnly }, problems),
  );
  problems.throwIfAny();
  const isKept = named !== undefined && enabled.includes(named);
  return { targets, warnings: [...unused, ...(isKept ? keptName(named, env) : [])] };
}

function byFlag(sources: Sources): Target {
  const { stored, flags, env, names } = sources;
  const problems = new Problems();
  const [name] = names;
  // What an address means is a matter of the kind: its usual port, its pages.
  const sharesFlag = (config: StoredProvider): boolean =>
    sharesEndpoint(config, findEndpoints(flags, env, new Problems(), manifestOf(config)));
  const known = stored.find((config) => (name === undefined ? sharesFlag(config) : config.name === name));
  if (known === undefined) return fromEnvironment(sources);
  enabledOnes([known], [known.name]);
  const target = withOverrides(known, { ...sources, isNamed: false, isOnly: true }, problems);
  problems.throwIfAny();
  return target;
}

/** Each pattern has to name one. */
function namedOnes(names: readonly string[], stored: readonly StoredProvider[]): StoredProvider[] {
  const unknown = names.filter((pattern) => !stored.some(({ name }) => compileWildcard(pattern)(name)));
  if (unknown.length > 0) throw noSuchProvider(unknown, stored);
  return stored.filter(({ name }) => names.some((one) => compileWildcard(one)(name)));
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

function fromEnvironment({ stored, flags, env, cwd, names }: Sources): Target {
  const problems = new Problems();
  const config = environmentProvider({ flags, env, cwd, name: flags.endpoint ? names[0] : undefined }, problems);
  problems.throwIfAny();
  if (config === null) throw new Error('an environment without problems describes a provider');
  if (names.length > 0) namedOnes(names, [config]);
  if (stored.some((one) => one.name === config.name && !isFromEnvironment(one))) throw isTaken(config.name);
  const tls = trustToStore(config.tls, { flags, env, cwd }) ?? { mode: 'system' };
  return { stored: tls === config.tls ? config : { ...config, tls }, used: config };
}

/** The stored provider that the environment means; undefined when it means none of them. */
function namedByEnvironment({ stored, flags, env, cwd }: Sources): StoredProvider | undefined {
  const endpoints = findEndpoints(flags, env, new Problems(), DEFAULT_MANIFEST);
  const config = environmentProvider({ flags, env, cwd }, new Problems());
  const name = config?.name ?? variable(env, 'PROXMOX_VE_NAME');
  const own = stored.filter(({ type }) => type === DEFAULT_MANIFEST.kind);
  return own.find((one) => one.name === name) ?? own.find((one) => sharesEndpoint(one, endpoints));
}

/** To sync it under that name would store its settings in place of those that are there. */
function isTaken(name: string): AppError {
  return new AppError('configuration', `${name} is the name of a stored provider, which has other addresses`, {
    hint: `for that one use --provider ${name}; give the other one a name with PROXMOX_VE_NAME`,
  });
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
