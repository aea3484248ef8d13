import type { ServerWords } from '../../net/wire-error.ts';
import { AppError } from '../../types/errors.ts';
import type { ConnectionSettings, Manifest, ProviderIo, ProviderModule } from '../manifest.ts';
import { AwsClient, type AwsClientOptions } from './aws-client.ts';
import { AwsProvider } from './aws-provider.ts';
import { keySource } from './credentials.ts';
import { rules } from './rules.ts';
import { readScope, type Scope } from './scope.ts';

/** `manifest`: its own. It is handed in, for it is in a file that all commands load, and this is not. */
export function moduleOf({ server }: Manifest): ProviderModule {
  return { rules, open: (settings, io) => openAws(settings, io, { words: server }) };
}

/** Throws AppError('configuration') for scopes that do not go together. `retryBaseMs`: for tests, which do not wait. */
export function openAws(
  { endpoints, tls, credential }: ConnectionSettings,
  io: ProviderIo,
  more: { words: ServerWords } & Pick<AwsClientOptions, 'retryBaseMs'>,
) {
  const scopes = endpoints.map(toScope);
  const [first, ...others] = scopes;
  if (first === undefined || others.some(({ host }) => host !== first.host)) {
    throw new AppError('configuration', 'The scopes of an AWS provider are not at one host', {
      hint: 'Give self, organization or accounts; add what another host stands for as a provider of its own',
    });
  }
  if (credential.kind !== 'login') {
    throw new AppError('configuration', 'AWS is asked by a login of its own', {
      hint: 'Give --login default, profile:NAME, environment, web-identity, instance, or keys:AKIA… with --secret',
    });
  }
  const { clock, concurrency, signal, onWarning, trustCommand, maxGuests = Number.POSITIVE_INFINITY } = io;
  const { login, secret } = credential;
  const client = new AwsClient({
    host: first.host,
    region: first.region,
    tls,
    askKeys: keySource(login, secret),
    clock,
    signal,
    trustCommand,
    ...(concurrency !== undefined && { concurrency }),
    ...more,
  });
  if (tls.insecure && tls.fingerprint === undefined) {
    onWarning('The certificates of AWS are not verified: whoever is in between can read the answers');
  }
  const provider = new AwsProvider({ client, scopes, clock, maxGuests }, endpoints);
  return Object.assign(provider, { requestCount: () => client.requestCount });
}

function toScope(endpoint: string): Scope {
  const scope = readScope(endpoint);
  if (scope !== null) return scope;
  throw new AppError('configuration', `Not accounts of AWS: ${endpoint.slice(0, 200)}`, {
    hint: 'Give self, organization[:ROLE] or ACCOUNT[:ROLE], each with /REGION for one region',
  });
}
