import type { ProviderConfig, TlsTrust } from '../../types/provider.ts';
import { DEFAULT_MANIFEST, manifestOf } from '../registry.ts';
import { type Excess, excessOf } from './credential-scope.ts';
import type { Environment } from './environment.ts';
import {
  type ConnectionFlags,
  endpointSource,
  environmentOf,
  findCredential,
  findEndpoints,
  findName,
  findTls,
  hasCredential,
  tlsSource,
} from './environment-provider.ts';
import { Problems } from './problems.ts';

/** Absent `isEnabled`: it is. `settingsRev` of null: no revision records its settings, for the environment describes it. */
export type StoredProvider = ProviderConfig & { isEnabled?: boolean; settingsRev?: number | null };

/** What is stored of a provider, and what this run connects with, which flags and environment may change. */
export interface Target {
  stored: ProviderConfig;
  used: ProviderConfig;
}

export interface Overrides {
  flags: ConnectionFlags;
  env: Environment;
  cwd: string;
  /** The environment means this provider, by its endpoint or name. */
  isNamed: boolean;
  /** A credential in the environment can be meant for this provider: neither the run nor the environment names another. */
  isOnly: boolean;
}

/**
 * A stored provider as flags and environment change it for one run. Where they change its addresses or trust, the credential
 * has to come from the environment too, for the stored one is sent nowhere else: that is a problem, found before any secret is
 * read.
 */
export function withOverrides(config: StoredProvider, given: Overrides, problems: Problems): Target {
  const overrides = { ...given, env: environmentOf(config, given.env) };
  const { flags, env, cwd, isNamed, isOnly } = overrides;
  const toStore = (own: ProviderConfig): ProviderConfig => {
    const tls = trustToStore(own.tls, { flags, env: isNamed ? env : {}, cwd }) ?? inheritedTrust(config);
    return withoutId({ ...own, tls });
  };
  const before = problems.count;
  const used = withConnection(config, overrides, problems);
  if (problems.count > before) return { stored: config, used };
  const follows = isFromEnvironment(config);
  if (isNamed && hasCredential(env)) {
    const own = withCredential(used, env, problems);
    return { stored: follows ? toStore(own) : config, used: own };
  }
  // Its credential is one of the environment, as are the address and the trust that it follows.
  if (follows) return { stored: isNamed ? toStore(used) : config, used };
  const excess = excessOf(used, config);
  if (!excess.hasOtherEndpoint && !excess.hasOtherTrust) return { stored: config, used };
  if (isOnly && hasCredential(env)) {
    const tls = findTls(flags, { env, cwd, manifest: manifestOf(config) }, problems) ?? used.tls;
    return { stored: config, used: withCredential({ ...used, tls }, env, problems) };
  }
  const { what, fix } = refusal(config, excess, overrides);
  problems.add(what, fix);
  return { stored: config, used: config };
}

function refusal({ name, type }: ProviderConfig, { hasOtherEndpoint, hasOtherTrust }: Excess, overrides: Overrides) {
  const { flags, env, isNamed, isOnly } = overrides;
  const source = isNamed ? env : {};
  const from = [
    ...(hasOtherEndpoint ? [endpointSource(flags, source)] : []),
    ...(hasOtherTrust ? [tlsSource(flags, source)] : []),
  ];
  const variables = from.filter((one) => !one.startsWith('--'));
  return {
    what: `${from.join(' and ')} ${from.length === 1 ? 'differs' : 'differ'} from what is stored of ${name}, and its stored credential is sent nowhere else`,
    fix: [
      ...(variables.length > 0 ? [`unset ${variables.join(' and ')}`] : []),
      ...(hasOtherEndpoint ? [`store the address: rollcall providers update ${name} --endpoint …`] : []),
      ...(hasOtherTrust ? [`store the trust: rollcall providers trust ${name}`] : []),
      ...(type === DEFAULT_MANIFEST.kind
        ? [`or give this run a credential of its own: PROXMOX_VE_API_TOKEN${isOnly ? '' : ' and --endpoint'}`]
        : []),
    ].join('; '),
  };
}

function withConnection(
  config: StoredProvider,
  { flags, env, cwd, isNamed }: Overrides,
  problems: Problems,
): ProviderConfig {
  if (isNamed) findName(env, problems);
  const manifest = manifestOf(config);
  const tls = findTls(flags, { env: isNamed ? env : {}, cwd, manifest }, problems);
  const isMoved = isNamed || (flags.endpoint?.length ?? 0) > 0;
  const endpoints = isMoved ? findEndpoints(flags, env, problems, manifest) : config.endpoints;
  return { ...config, endpoints, tls: tls ?? inheritedTrust(config) };
}

/** What a later run goes by where nothing else is said: that nothing was verified counts only if a command has stored it. */
function inheritedTrust(config: StoredProvider): TlsTrust {
  return config.tls.mode === 'insecure' && followsEnvironment(config) ? { mode: 'system' } : config.tls;
}

/** What is stored of the trust that a run uses: `--insecure` counts for that run alone. undefined: what is stored stays. */
export function trustToStore(
  used: TlsTrust,
  { flags, env, cwd }: Pick<Overrides, 'flags' | 'env' | 'cwd'>,
): TlsTrust | undefined {
  return flags.insecure === true ? findTls({}, { env, cwd, manifest: DEFAULT_MANIFEST }, new Problems()) : used;
}

function withCredential(config: ProviderConfig, env: Environment, problems: Problems): ProviderConfig {
  const credential = findCredential(env, problems);
  return credential === null ? config : { ...config, credential };
}

/** Without its id the settings of a provider are written anew. */
function withoutId({ id: _, ...settings }: ProviderConfig): ProviderConfig {
  return settings;
}

/** Whether only the environment describes a provider: no command has stored it. */
export function followsEnvironment(stored: StoredProvider): boolean {
  return stored.settingsRev === null && isFromEnvironment(stored);
}

const OF_ENVIRONMENT = ['env:PROXMOX_VE_API_TOKEN', 'env:PROXMOX_TOKEN_SECRET', 'env:PROXMOX_PASSWORD'];

/** Whether a provider was stored as the environment described it. It follows the environment. */
export function isFromEnvironment({ credential }: Pick<ProviderConfig, 'credential'>): boolean {
  return Object.values(credential).some((value) => OF_ENVIRONMENT.includes(value));
}
