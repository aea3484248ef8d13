import type { ConnectionCheck } from '../providers/provider.ts';
import { AppError } from '../types/errors.ts';
import type { ProviderConfig } from '../types/provider.ts';
import type { App } from './app.ts';
import { failedSteps } from './failed-steps.ts';
import { storedConnection } from './provider-connection.ts';
import { providerEntry } from './registry.ts';

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
  const kind = await providerEntry(provider).load();
  if (kind.checkActing === undefined)
    throw new AppError('configuration', `${provider.name} is of the kind ${provider.type}, whose guests are only read`);
  const { settings, actionCredential, ...connection } = await storedConnection(app, provider, signal);
  const { allow = [] } = provider;
  const io = { ...connection, signal, clock: app.machine.clock, onWarning };
  return kind.checkActing(settings, { allow, actionCredential }, io);
}
