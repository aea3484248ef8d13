import type { Acting } from '../providers/acting.ts';
import { EndpointHealthRepository } from '../repositories/providers/endpoint-health.ts';
import type { ActionRight } from '../types/action.ts';
import { AppError } from '../types/errors.ts';
import type { ProviderRow } from '../types/inventory.ts';
import type { App } from './app.ts';
import { resolveCredential } from './config/secret.ts';
import { resolveTls } from './config/tls.ts';
import { trustCommand } from './config/trust-advice.ts';
import { providerEntry } from './registry.ts';

/** What acts on a stored provider; must be closed. */
export interface OpenedActing {
  acting: Acting;
  /** What its owner allows; empty: nothing. */
  allow: readonly ActionRight[];
}

/**
 * Connects to a stored provider as it is stored, whatever flags and variables say: what is written to must be what was confirmed.
 * Throws AppError('unconfirmed'), AppError('certificate') where its certificate is not verified, AppError('configuration').
 */
export async function openActing(
  app: App,
  provider: ProviderRow,
  { onWarning, insist }: { onWarning: (message: string) => void; insist: AbortSignal },
): Promise<OpenedActing> {
  await (await app.gate()).requireConfirmed(provider);
  requireVerified(provider);
  const { credential, actionCredential = credential, allow = [], endpoints } = provider;
  const kind = await providerEntry(provider).load();
  if (kind.openActing === undefined) {
    throw new AppError('configuration', `${provider.name} is of the kind ${provider.type}, whose guests are only read`);
  }
  const { machine, flags, env } = app;
  const sources = await app.secretSources(provider);
  const settings = {
    endpoints,
    tls: resolveTls(provider.tls),
    credential: await resolveCredential(credential, sources),
  };
  const acting = kind.openActing(settings, await resolveCredential(actionCredential, sources), {
    signal: insist,
    clock: machine.clock,
    trustCommand: trustCommand(provider, { flags, env, cwd: machine.cwd }),
    onWarning,
    knownEndpoints: await new EndpointHealthRepository(await app.connection()).load(provider.name),
  });
  return { acting, allow };
}

/**
 * Throws AppError('certificate') for a server that is not verified: whoever is in between could have any guest destroyed, and would have
 * the credential.
 */
export function requireVerified({ name, tls, endpoints }: Pick<ProviderRow, 'name' | 'tls' | 'endpoints'>): void {
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
