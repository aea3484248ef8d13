import type { OpenedProvider, RunProgram } from '../providers/manifest.ts';
import type { ProviderConfig } from '../types/provider.ts';
import type { App, ConnectOptions } from './app.ts';
import type { SecretSources } from './config/secret.ts';
import { readVendorProgram } from './config/secret-command.ts';
import { providerConnection } from './provider-connection.ts';
import { providerEntry } from './registry.ts';

/** A connection to one provider; must be closed. */
export async function openProvider(
  app: App,
  config: ProviderConfig,
  { given, signal = app.machine.signal, ...options }: ConnectOptions & { onWarning: (message: string) => void },
): Promise<OpenedProvider> {
  const kind = await providerEntry(config).load();
  const sources = { ...(await app.secretSources(config, given)), signal };
  const { settings, ...connection } = await providerConnection(app, config, sources);
  const { knownEndpoints, concurrency, maxGuests, asksPower, onWarning } = options;
  return kind.open(settings, {
    ...connection,
    signal,
    clock: app.machine.clock,
    onWarning,
    runProgram: vendorPrograms(sources),
    ...(knownEndpoints && { knownEndpoints }),
    ...(concurrency !== undefined && { concurrency }),
    ...(maxGuests !== undefined && { maxGuests }),
    ...(asksPower !== undefined && { asksPower }),
  });
}

/** As commands for secrets are run: without the secrets of other providers in their environment. */
function vendorPrograms(sources: SecretSources): RunProgram {
  return async (program, args, signal) =>
    readVendorProgram(program, args, {
      processEnv: sources.processEnv ?? sources.env,
      env: sources.env,
      secretVariables: (await sources.secretVariables?.()) ?? [],
      signal,
    });
}
