import type { OpenedProvider } from '../providers/manifest.ts';
import type { ProviderConfig } from '../types/provider.ts';
import type { App, ConnectOptions } from './app.ts';
import { resolveCredential } from './config/secret.ts';
import { resolveTls } from './config/tls.ts';
import { trustCommand } from './config/trust-advice.ts';
import { providerEntry } from './registry.ts';

/** A connection to one provider; must be closed. */
export async function openProvider(
  app: App,
  config: ProviderConfig,
  { given, signal = app.machine.signal, ...options }: ConnectOptions & { onWarning: (message: string) => void },
): Promise<OpenedProvider> {
  const kind = await providerEntry(config).load();
  const { machine, flags, env } = app;
  const sources = { ...(await app.secretSources(config, given)), signal };
  const settings = {
    endpoints: config.endpoints,
    tls: resolveTls(config.tls),
    credential: await resolveCredential(config.credential, sources),
  };
  const { knownEndpoints, concurrency, maxGuests, asksPower, onWarning } = options;
  return kind.open(settings, {
    signal,
    clock: machine.clock,
    trustCommand: trustCommand(config, { flags, env, cwd: machine.cwd }),
    onWarning,
    ...(knownEndpoints && { knownEndpoints }),
    ...(concurrency !== undefined && { concurrency }),
    ...(maxGuests !== undefined && { maxGuests }),
    ...(asksPower !== undefined && { asksPower }),
  });
}
