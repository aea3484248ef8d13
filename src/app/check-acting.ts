import type { ConnectionCheck } from '../providers/provider.ts';
import { AppError } from '../types/errors.ts';
import type { ProviderConfig } from '../types/provider.ts';
import type { App } from './app.ts';
import { resolveCredential } from './config/secret.ts';
import { resolveTls } from './config/tls.ts';
import { trustCommand } from './config/trust-advice.ts';
import { failedSteps } from './failed-steps.ts';
import { providerEntry } from './registry.ts';
import { requireVerified } from './require-verified.ts';

interface CheckOptions {
  signal: AbortSignal;
  onWarning: (message: string) => void;
}

/**
 * Checks what the credential for actions may do of what a stored provider allows, where it was stored. Its settings are confirmed
 * by then. Throws only what is no AppError.
 */
export async function* checkActing(
  app: App,
  provider: ProviderConfig,
  options: CheckOptions,
): AsyncIterable<ConnectionCheck> {
  const { id, allow = [], actionCredential } = provider;
  if (id === undefined || (allow.length === 0 && actionCredential === undefined)) return;
  try {
    // Otherwise the credential would be read by whoever is in between.
    requireVerified(provider);
    yield* await open(app, provider, options);
  } catch (error) {
    if (!(error instanceof AppError) || options.signal.aborted) throw error;
    yield* failedSteps('actions', error);
  }
}

async function open(
  app: App,
  provider: ProviderConfig,
  { signal, onWarning }: CheckOptions,
): Promise<AsyncIterable<ConnectionCheck>> {
  const { checkActing: check } = await providerEntry(provider).load();
  if (check === undefined)
    throw new AppError('configuration', `${provider.name} is of the kind ${provider.type}, which is only read`);
  const { machine, flags, env } = app;
  const { credential, actionCredential, allow = [], endpoints } = provider;
  const sources = { ...(await app.secretSources(provider)), signal };
  const actor = { ...sources, ...(actionCredential !== undefined && { option: '--action-secret' }) };
  const settings = {
    endpoints,
    tls: resolveTls(provider.tls),
    credential: await resolveCredential(actionCredential ?? credential, actor),
  };
  const reading = actionCredential === undefined ? null : await resolveCredential(credential, sources);
  const io = {
    signal,
    clock: machine.clock,
    onWarning,
    trustCommand: trustCommand(provider, { flags, env, cwd: machine.cwd }),
  };
  return check(settings, { allow, reading }, io);
}
