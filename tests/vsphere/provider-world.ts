import { afterAll } from '@jest/globals';
import type { OpenedProvider, ProviderIo } from '../../src/providers/manifest.ts';
import type { DiscoverOptions } from '../../src/providers/provider.ts';
import { module } from '../../src/providers/vsphere/module.ts';
import type { GuestObservation, Observation } from '../../src/types/observation.ts';
import { ALL_SCOPES } from '../../src/types/presence.ts';
import { READER, type VcsimWorld } from '../helpers/vcsim.ts';
import type { FaultyProxy } from './faulty-proxy.ts';

export const IO: ProviderIo = {
  signal: new AbortController().signal,
  clock: () => new Date(),
  onWarning: () => undefined,
  trustCommand: undefined,
};

const { user, password } = READER;
export const CREDENTIAL = { kind: 'password', user, password } as const;

export const EVERYTHING: DiscoverOptions = { scopes: ALL_SCOPES, maskKey: null, knownTasks: new Map() };

/** Opens providers that are closed after the tests of a `describe`. */
export function providers(world: VcsimWorld): (proxy?: FaultyProxy) => OpenedProvider {
  const opened: OpenedProvider[] = [];
  afterAll(() => {
    for (const provider of opened) provider.close();
  });
  return (proxy) => {
    const endpoint = proxy?.url ?? world.server.url;
    const ca = proxy?.certificate.pem ?? world.server.certificate;
    const provider = module.open({ endpoints: [endpoint], tls: { ca }, credential: CREDENTIAL }, IO);
    opened.push(provider);
    return provider;
  };
}

export function guestNamed(seen: Observation, name: string): GuestObservation {
  const found = seen.guests.find(({ document }) => document['name'] === name);
  if (found === undefined) throw new Error(`${name} was not seen`);
  return found;
}
