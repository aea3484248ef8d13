import type { EndpointReport } from '../../types/endpoint.ts';
import type { AbsenceProbe, ClusterIdentity, Observation } from '../../types/observation.ts';
import { EndpointHealth } from '../endpoint-health.ts';
import type { ConnectionCheck, DiscoverOptions, Provider } from '../provider.ts';
import { type CheckOptions, checkConnection } from './check.ts';
import { type Discovery, discover, identify } from './discover.ts';
import { type AbsentGuest, probeGuests } from './probe.ts';

/** Subscriptions of Azure. Reads only. */
export class AzureProvider implements Provider {
  readonly #discovery: Discovery;
  /** As they were given; all are asked at one server. */
  readonly #addresses: readonly string[];
  readonly #health: EndpointHealth;
  /** Whether the last run left a place unread. */
  #isBlind = false;

  constructor(discovery: Discovery, addresses: readonly string[]) {
    this.#discovery = discovery;
    this.#addresses = addresses;
    this.#health = new EndpointHealth(discovery.clock);
  }

  async discover(options: DiscoverOptions): Promise<Observation> {
    const seen = await this.#health.watch(discover(this.#discovery, options));
    this.#isBlind =
      seen.nodes.some(({ unobservable }) => unobservable !== null) ||
      seen.scopes.some(({ scope, coverage }) => scope.startsWith('guests/') && coverage !== 'complete');
    return seen;
  }

  identify(signal?: AbortSignal): Promise<ClusterIdentity> {
    return this.#health.watch(identify(this.#discovery, signal));
  }

  probeAbsent(guests: readonly AbsentGuest[], signal?: AbortSignal): Promise<ReadonlyMap<string, AbsenceProbe>> {
    const { client } = this.#discovery;
    return this.#health.watch(probeGuests(client, guests, { isBlind: this.#isBlind, signal }));
  }

  check(options: CheckOptions): AsyncIterable<ConnectionCheck> {
    return checkConnection(this.#discovery, options);
  }

  endpoints(): readonly EndpointReport[] {
    const certificate = this.#discovery.client.serverCertificate();
    return this.#addresses.map((address) => this.#health.report(address, certificate));
  }

  close(): void {
    this.#discovery.client.close();
  }
}
