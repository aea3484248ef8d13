import type { ConnectionSettings } from '../providers/manifest.ts';
import { AppError } from '../types/errors.ts';
import type { ProviderConfig, ResolvedCredential } from '../types/provider.ts';
import type { App } from './app.ts';
import { resolveCredential } from './config/secret.ts';
import { resolveTls } from './config/tls.ts';
import { trustCommand } from './config/trust-advice.ts';

export interface StoredConnection {
  /** With the credential for reading. */
  settings: ConnectionSettings;
  /** null: actions go with the one for reading. */
  actionCredential: ResolvedCredential | null;
  trustCommand: string | undefined;
}

/**
 * How a provider is reached for actions: as it is stored, whatever flags and variables say. Its settings are confirmed by then.
 * Throws AppError('certificate') where its certificate is not verified, AppError('configuration').
 */
export async function storedConnection(
  app: App,
  provider: ProviderConfig,
  signal: AbortSignal = app.machine.signal,
): Promise<StoredConnection> {
  requireVerified(provider);
  const { endpoints, tls, credential, actionCredential } = provider;
  const { flags, env, machine } = app;
  const sources = { ...(await app.secretSources(provider)), signal };
  return {
    settings: { endpoints, tls: resolveTls(tls), credential: await resolveCredential(credential, sources) },
    actionCredential:
      actionCredential === undefined
        ? null
        : await resolveCredential(actionCredential, { ...sources, option: '--action-secret' }),
    trustCommand: trustCommand(provider, { flags, env, cwd: machine.cwd }),
  };
}

/** Whoever is in between could have any guest destroyed, and would have the credential. */
export function requireVerified({ name, tls, endpoints }: Pick<ProviderConfig, 'name' | 'tls' | 'endpoints'>): void {
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
