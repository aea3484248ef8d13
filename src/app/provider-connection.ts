import type { ConnectionSettings } from '../providers/manifest.ts';
import { EndpointHealthRepository } from '../repositories/providers/endpoint-health.ts';
import type { EndpointReport } from '../types/endpoint.ts';
import { AppError } from '../types/errors.ts';
import type { ProviderConfig, ResolvedCredential } from '../types/provider.ts';
import type { App } from './app.ts';
import { connectsAsStored } from './config/credential-scope.ts';
import type { Target } from './config/provider-overrides.ts';
import { resolveCredential, type SecretSources } from './config/secret.ts';
import { resolveTls } from './config/tls.ts';
import { trustCommand } from './config/trust-advice.ts';

/** How a provider is reached. */
export interface ProviderConnection {
  /** With the credential for reading. */
  settings: ConnectionSettings;
  trustCommand: string | undefined;
}

export interface StoredConnection extends ProviderConnection {
  /** null: actions go with the one for reading. */
  actionCredential: ResolvedCredential | null;
  knownEndpoints: readonly EndpointReport[];
}

/** Throws AppError('configuration'). */
export async function providerConnection(
  { flags, env, machine }: App,
  config: ProviderConfig,
  sources: SecretSources,
): Promise<ProviderConnection> {
  const { endpoints, tls, credential } = config;
  return {
    settings: { endpoints, tls: resolveTls(tls), credential: await resolveCredential(credential, sources) },
    trustCommand: trustCommand(config, { flags, env, cwd: machine.cwd }),
  };
}

/**
 * How a provider is reached for actions: as it is stored, whatever flags and variables say, for what is written to must be what was
 * confirmed. Throws AppError('unconfirmed'), AppError('certificate') where its certificate is not verified, AppError('configuration').
 */
export async function storedConnection(
  app: App,
  provider: ProviderConfig,
  signal: AbortSignal = app.machine.signal,
): Promise<StoredConnection> {
  await (await app.gate()).requireConfirmed(provider);
  requireVerified(provider);
  const { actionCredential } = provider;
  const sources = { ...(await app.secretSources(provider)), signal };
  return {
    ...(await providerConnection(app, provider, sources)),
    actionCredential:
      actionCredential === undefined
        ? null
        : await resolveCredential(actionCredential, { ...sources, option: '--action-secret' }),
    knownEndpoints: (await loadEndpoints(app, { stored: provider, used: provider })) ?? [],
  };
}

/** What earlier runs found out about a provider's addresses; null for a run that neither uses it nor adds to it. */
export async function loadEndpoints(app: App, target: Target): Promise<EndpointReport[] | null> {
  // Other addresses, or another trust, could teach addresses to which a later run would send the stored credential.
  if (!connectsAsStored(target)) return null;
  return new EndpointHealthRepository(await app.connection()).load(target.stored.name);
}

/** Whoever is in between could have any guest destroyed, and would have the credential. */
function requireVerified({ name, tls, endpoints }: Pick<ProviderConfig, 'name' | 'tls' | 'endpoints'>): void {
  const isPlain = endpoints.some((endpoint) => !endpoint.startsWith('https:'));
  if (tls.mode !== 'insecure' && !isPlain) return;
  throw new AppError(
    'certificate',
    `the certificate of ${name} is not verified: nothing is sent that changes anything`,
    {
      hint: `trust it first: rollcall providers trust ${name}`,
    },
  );
}
