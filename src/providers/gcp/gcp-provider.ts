import type { EndpointReport } from '../../types/endpoint.ts';
import type { AbsenceProbe, ClusterIdentity, Observation } from '../../types/observation.ts';
import { EndpointHealth } from '../endpoint-health.ts';
import type { ConnectionCheck, DiscoverOptions, Provider } from '../provider.ts';
import { type CheckOptions, checkConnection } from './check.ts';
import { discover, identify } from './discover.ts';
import type { GcpClient } from './gcp-client.ts';
import { type AbsentGuest, probeGuests } from './probe.ts';

/** The Compute Engine of one project. Reads only. */
export class GcpProvider implements Provider {
  readonly #client: GcpClient;
  readonly #clock: () => Date;
  readonly #health: EndpointHealth;

  constructor(client: GcpClient, clock: () => Date) {
    this.#client = client;
    this.#clock = clock;
    this.#health = new EndpointHealth(clock);
  }

  discover(options: DiscoverOptions): Promise<Observation> {
    return this.#health.watch(discover({ client: this.#client, clock: this.#clock }, options));
  }

  identify(signal?: AbortSignal): Promise<ClusterIdentity> {
    return this.#health.watch(identify(this.#client, signal));
  }

  probeAbsent(guests: readonly AbsentGuest[], signal?: AbortSignal): Promise<ReadonlyMap<string, AbsenceProbe>> {
    return this.#health.watch(probeGuests(this.#client, guests, signal));
  }

  check(options: CheckOptions): AsyncIterable<ConnectionCheck> {
    return checkConnection(this.#client, options);
  }

  endpoints(): readonly EndpointReport[] {
    return [this.#health.report(this.#client.endpoint, this.#client.serverCertificate())];
  }

  close(): void {
    this.#client.close();
  }
}
