import { tlsAt, warnIfUnverified } from '../../net/endpoint-tls.ts';
import { AppError } from '../../types/errors.ts';
import type { ConnectionSettings, ProviderIo, ProviderModule } from '../manifest.ts';
import { watchedProvider } from '../watched-provider.ts';
import { type GcpAddress, parseAddress } from './address.ts';
import { checkConnection } from './check.ts';
import { discover, identify } from './discover.ts';
import { GcpApi } from './gcp-api.ts';
import { probeGuests } from './probe.ts';
import { rules } from './rules.ts';
import { tokenSource } from './tokens.ts';

const IMPERSONATE = 'impersonate:';

export const module: ProviderModule = {
  rules,
  open: (settings, io) => {
    const addresses = addressesOf(settings);
    const api = openApi(settings, { addresses, io });
    const { clock, maxGuests = Number.POSITIVE_INFINITY } = io;
    const discovery = { api, addresses, clock, maxGuests };
    return watchedProvider({
      clock,
      client: api,
      endpoints: addresses.map(({ url }) => url),
      discover: (options) => discover(discovery, options),
      identify: (signal) => identify(discovery, signal),
      probeAbsent: (guests, signal) => probeGuests(api, guests, signal),
      check: (options) => checkConnection(discovery, options),
    });
  },
};

/** Throws AppError('configuration'). */
function addressesOf({ endpoints }: ConnectionSettings): GcpAddress[] {
  const addresses = endpoints.map((text) => {
    const address = parseAddress(text);
    if (address !== null) return address;
    throw new AppError('configuration', `'${text.slice(0, 100)}' is neither a project nor a folder`, {
      hint: 'Give the id of the project, as `gcloud projects list` shows it, or folders/NUMBER',
    });
  });
  if (new Set(addresses.map(({ host }) => host)).size === 1) return addresses;
  throw new AppError('configuration', 'The projects of a provider have one address in common', {
    hint: 'Add those behind another address as a provider of their own',
  });
}

/** Throws AppError('configuration'). */
function openApi(
  { tls, credential }: ConnectionSettings,
  { addresses: [first], io }: { addresses: readonly GcpAddress[]; io: ProviderIo },
): GcpApi {
  if (first === undefined || credential.kind !== 'login') {
    throw new AppError('configuration', 'Google Cloud is asked with a login', {
      hint: 'Give --login default, service-account, token or impersonate:ACCOUNT',
    });
  }
  const { login } = credential;
  const { clock, concurrency, signal, trustCommand, onWarning } = io;
  warnIfUnverified(first.host, tlsAt(first.host, tls), { secret: 'token', onWarning });
  return new GcpApi({
    host: first.host,
    tls,
    source: tokenSource(credential),
    secret: credential.secret,
    impersonated: login.startsWith(IMPERSONATE) ? login.slice(IMPERSONATE.length) : null,
    signal,
    trustCommand,
    clock: () => clock().getTime(),
    ...(concurrency !== undefined && { concurrency }),
  });
}
