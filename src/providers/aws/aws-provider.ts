import type { EndpointReport } from '../../types/endpoint.ts';
import type { Guest } from '../../types/guest.ts';
import type { AbsenceProbe, ClusterIdentity, Observation } from '../../types/observation.ts';
import { EndpointHealth } from '../endpoint-health.ts';
import { probeEach } from '../probe-each.ts';
import type { ConnectionCheck, DiscoverOptions, Provider } from '../provider.ts';
import { type CheckOptions, checkConnection } from './check.ts';
import { type Discovered, type Discovery, discover, identify } from './discover.ts';
import { isTerminated } from './guest-observation.ts';

/** Accounts of AWS, by the scopes that it was given. Reads only. */
export class AwsProvider implements Provider {
  readonly #discovery: Discovery;
  readonly #endpoints: readonly string[];
  readonly #health: EndpointHealth;
  #found: Pick<Discovered, 'places' | 'terminated'> = { places: new Map(), terminated: new Set() };

  constructor(discovery: Discovery, endpoints: readonly string[]) {
    this.#discovery = discovery;
    this.#endpoints = endpoints;
    this.#health = new EndpointHealth(discovery.clock);
  }

  async discover(options: DiscoverOptions): Promise<Observation> {
    const { seen, ...found } = await this.#health.watch(discover(this.#discovery, options));
    this.#found = found;
    return seen;
  }

  identify(signal?: AbortSignal): Promise<ClusterIdentity> {
    return this.#health.watch(identify(this.#discovery, signal));
  }

  /** Asks for each instance in its account and region, but for those that the last listing told to be gone. */
  probeAbsent(
    guests: readonly Pick<Guest, 'nativeId' | 'node'>[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, AbsenceProbe>> {
    const { places, terminated } = this.#found;
    const { client } = this.#discovery;
    return this.#health.watch(
      probeEach(guests, ({ nativeId, node }) => {
        if (terminated.has(nativeId)) return Promise.resolve(false);
        const place = places.get(node);
        if (place === undefined) return null;
        return client.instance(place, nativeId, signal).then((row) => row !== null && !isTerminated(row));
      }),
    );
  }

  check(options: CheckOptions): AsyncIterable<ConnectionCheck> {
    return checkConnection(this.#discovery, options);
  }

  endpoints(): readonly EndpointReport[] {
    const certificate = this.#discovery.client.serverCertificate();
    return this.#endpoints.map((url) => this.#health.report(url, certificate));
  }

  close(): void {
    this.#discovery.client.close();
  }
}
