import { AppError } from '../../types/errors.ts';
import type { ConnectionSettings, ProviderIo, ProviderModule } from '../manifest.ts';
import { watchedProvider } from '../watched-provider.ts';
import { BigfixClient } from './bigfix-client.ts';
import { checkConnection } from './check.ts';
import { discover, identify } from './discover.ts';
import { probeComputers } from './probe.ts';
import { rules } from './rules.ts';

export const module: ProviderModule = {
  rules,
  open: (settings, io) => {
    const client = openClient(settings, io);
    const { clock, maxGuests = Number.POSITIVE_INFINITY } = io;
    return watchedProvider({
      clock,
      client,
      endpoints: [client.endpoint],
      discover: (options) => discover({ client, clock, maxGuests }, options),
      identify: (signal) => identify(client, signal),
      probeAbsent: (computers, signal) => probeComputers(client, computers, signal),
      check: (options) => checkConnection(client, options),
    });
  },
};

/** Throws AppError('configuration'). */
function openClient({ endpoints, tls, credential }: ConnectionSettings, io: ProviderIo): BigfixClient {
  const [endpoint, ...others] = endpoints;
  if (endpoint === undefined || others.length > 0) {
    throw new AppError('configuration', `A BigFix provider has one endpoint, and not ${endpoints.length}`, {
      hint: 'Give the address of the root server',
    });
  }
  if (credential.kind !== 'password') {
    throw new AppError('configuration', `${endpoint}: BigFix is asked with the password of an operator`, {
      hint: 'Give --user and --password',
    });
  }
  const { clock, concurrency, signal, onWarning, trustCommand } = io;
  return new BigfixClient({
    endpoint,
    tls,
    user: credential.user,
    password: credential.password,
    signal,
    onWarning,
    trustCommand,
    clock: () => clock().getTime(),
    ...(concurrency !== undefined && { concurrency }),
  });
}
