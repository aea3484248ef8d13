import { tlsAt, warnIfUnverified } from '../../net/endpoint-tls.ts';
import { AppError } from '../../types/errors.ts';
import type { ConnectionSettings, OpenedProvider, ProviderIo, ProviderModule } from '../manifest.ts';
import { watchedProvider } from '../watched-provider.ts';
import { ArmClient } from './arm-client.ts';
import { checkConnection } from './check.ts';
import { discover, identify } from './discover.ts';
import { LoginWire } from './login/login-wire.ts';
import { openLogin } from './login/open-login.ts';
import { probeGuests } from './probe.ts';
import { rules } from './rules.ts';
import { addressText, readAddress, type SubscriptionAddress } from './subscription-address.ts';

const RETRIES = 3;
const RETRY_BASE_MS = 500;

export const module: ProviderModule = { rules, open: openAzure };

/** `retryBaseMs`: the first wait before a read is repeated. Throws AppError('configuration'). */
export function openAzure(
  settings: ConnectionSettings,
  io: ProviderIo,
  { retryBaseMs = RETRY_BASE_MS }: { retryBaseMs?: number } = {},
): OpenedProvider {
  const addresses = settings.endpoints.map(toAddress);
  const [first] = addresses;
  if (first === undefined || addresses.some(({ origin }) => origin !== first.origin)) {
    throw new AppError('configuration', 'the subscriptions of an Azure provider are those of one cloud', {
      hint: 'Add those of another cloud as a provider of its own',
    });
  }
  const client = openClient(first, settings, io, retryBaseMs);
  const ids = addresses.flatMap(({ subscription }) => subscription ?? []);
  // With `all` among them, all of them are meant.
  const wanted = ids.length === addresses.length ? [...new Set(ids)] : null;
  const { clock, maxGuests = Number.POSITIVE_INFINITY } = io;
  const discovery = { client, wanted, clock, maxGuests };
  return watchedProvider({
    clock,
    client,
    endpoints: addresses.map(addressText),
    discover: (options) => discover(discovery, options),
    identify: (signal) => identify(discovery, signal),
    probeAbsent: (guests, signal, seen) => probeGuests(client, guests, { seen, signal }),
    check: (options) => checkConnection(discovery, options),
  });
}

/** Throws AppError('configuration'). */
function toAddress(endpoint: string): SubscriptionAddress {
  const address = readAddress(endpoint);
  if (address !== null) return address;
  throw new AppError('configuration', 'an address of the provider names no subscription', {
    hint: 'Give all, or the id of a subscription as `az account list` shows it',
  });
}

function openClient(
  { origin, authority, resource }: SubscriptionAddress,
  { tls, credential }: ConnectionSettings,
  { signal, clock, onWarning, trustCommand, concurrency, runProgram }: ProviderIo,
  retryBaseMs: number,
): ArmClient {
  const trust = tlsAt(origin, tls);
  let loginCount = 0;
  const openWire = (runSignal: AbortSignal): LoginWire =>
    new LoginWire({
      // What is said of the certificate of one server is not said of another.
      tlsOf: (asked) => (asked === origin ? trust : { ca: tls.ca }),
      signal: runSignal,
      retries: RETRIES,
      retryBaseMs,
      onRequest: () => {
        loginCount += 1;
      },
    });
  const login = openLogin(credential, { origin: authority, resource }, { openWire, runProgram });
  const { login: name, secret } = credential.kind === 'login' ? credential : { login: '', secret: undefined };
  warnIfUnverified(origin, trust, { secret: 'token', onWarning });
  return new ArmClient({
    origin,
    tls: trust,
    login,
    secret,
    loginHint: loginHint(name),
    loginCount: () => loginCount,
    signal,
    trustCommand,
    clock: () => clock().getTime(),
    retries: RETRIES,
    retryBaseMs,
    ...(concurrency !== undefined && { concurrency }),
  });
}

function loginHint(login: string): string {
  if (login === 'cli') return 'Log in again as the user that runs rollcall: az login';
  if (login.startsWith('managed-identity')) return 'Check that the machine has this identity: az vm identity show';
  return 'Check that the secret or certificate of the client is right and has not ended';
}
