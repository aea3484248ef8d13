import type { EndpointReport, ShownCertificate } from '../types/endpoint.ts';
import { EndpointHealth } from './endpoint-health.ts';
import type { OpenedProvider } from './manifest.ts';
import type { Provider } from './provider.ts';

/** What a kind of provider is made of that reads whole runs from one server, or from what answers for all its accounts. */
export interface ProviderParts extends Required<Pick<Provider, 'discover' | 'identify' | 'probeAbsent' | 'check'>> {
  clock: () => Date;
  client: {
    requestCount: number;
    /** What the server showed last; null before the first answer. */
    serverCertificate(): ShownCertificate | null;
    close(): void;
  };
  /** As they were given; all are asked at one server. */
  endpoints: readonly string[];
}

/** The provider of these parts, which notes how its addresses do. */
export function watchedProvider({ clock, client, endpoints, ...parts }: ProviderParts): OpenedProvider {
  const health = new EndpointHealth(clock);
  return {
    discover: (options) => health.watch(parts.discover(options)),
    identify: (signal) => health.watch(parts.identify(signal)),
    probeAbsent: (guests, signal, seen) => health.watch(parts.probeAbsent(guests, signal, seen)),
    check: parts.check,
    endpoints: (): readonly EndpointReport[] => endpoints.map((url) => health.report(url, client.serverCertificate())),
    requestCount: () => client.requestCount,
    close: () => client.close(),
  };
}
