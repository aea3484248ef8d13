import { AppError } from '../../types/errors.ts';
import type { ConnectionSettings, ProviderIo, ProviderModule } from '../manifest.ts';
import { watchedProvider } from '../watched-provider.ts';
import { checkConnection } from './check.ts';
import { discover, identify } from './discover.ts';
import { probeGuests } from './probe.ts';
import { rules } from './rules.ts';
import { VirtfusionClient } from './virtfusion-client.ts';

export const module: ProviderModule = {
  rules,
  open: (settings, io) => {
    const client = openClient(settings, io);
    const { clock, asksPower = false, maxGuests = Number.POSITIVE_INFINITY } = io;
    return watchedProvider({
      clock,
      client,
      endpoints: [client.endpoint],
      discover: (options) => discover({ client, clock, asksPower, maxGuests }, options),
      identify: (signal) => identify(client, signal),
      probeAbsent: (guests, signal) => probeGuests(client, guests, signal),
      check: (options) => checkConnection(client, options),
    });
  },
};

/** Throws AppError('configuration'). */
function openClient({ endpoints, tls, credential }: ConnectionSettings, io: ProviderIo): VirtfusionClient {
  const [endpoint, ...others] = endpoints;
  if (endpoint === undefined || others.length > 0) {
    throw new AppError('configuration', `A VirtFusion provider has one endpoint, and not ${endpoints.length}`, {
      hint: 'Give the address of the control panel; add another one as a provider of its own',
    });
  }
  if (credential.kind !== 'token') {
    throw new AppError('configuration', `${endpoint}: VirtFusion is asked with an API token`, {
      hint: 'Make one at System, API in the control panel',
    });
  }
  const { clock, concurrency, signal, onWarning, trustCommand } = io;
  return new VirtfusionClient({
    endpoint,
    tls,
    token: credential.secret,
    signal,
    onWarning,
    trustCommand,
    clock: () => clock().getTime(),
    ...(concurrency !== undefined && { concurrency }),
  });
}
