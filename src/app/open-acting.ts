import type { ActingProvider } from '../services/actions/action-run.ts';
import { AppError } from '../types/errors.ts';
import type { ProviderRow } from '../types/inventory.ts';
import type { App } from './app.ts';
import { storedConnection } from './provider-connection.ts';
import { providerEntry } from './registry.ts';

/**
 * Connects to a stored provider; must be closed. Throws AppError('unconfirmed'), AppError('certificate') where its certificate is not
 * verified, AppError('configuration').
 */
export async function openActing(
  app: App,
  provider: ProviderRow,
  { onWarning, insist }: { onWarning: (message: string) => void; insist: AbortSignal },
): Promise<ActingProvider> {
  const kind = await providerEntry(provider).load();
  if (kind.openActing === undefined) {
    throw new AppError('configuration', `${provider.name} is of the kind ${provider.type}, whose guests are only read`);
  }
  const { settings, actionCredential, ...connection } = await storedConnection(app, provider);
  const acting = kind.openActing(settings, actionCredential ?? settings.credential, {
    ...connection,
    signal: insist,
    clock: app.machine.clock,
    onWarning,
  });
  const { name, isEnabled, allow } = provider;
  return { name, isEnabled, acting, allow };
}
