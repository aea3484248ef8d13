import type { EndpointReport } from '../../types/endpoint.ts';
import type { AbsenceProbe, ClusterIdentity, Observation } from '../../types/observation.ts';
import { EndpointHealth } from '../endpoint-health.ts';
import type { ConnectionCheck, DiscoverOptions, Provider } from '../provider.ts';
import type { BigfixClient } from './bigfix-client.ts';
import { type CheckOptions, checkConnection } from './check.ts';
import { discover, identify } from './discover.ts';
import { type AbsentComputer, probeComputers } from './probe.ts';

/** A BigFix server. Reads only. */
export class BigfixProvider implements Provider {
  readonly #client: BigfixClient;
  readonly #clock: () => Date;
  readonly #health: EndpointHealth;

  constructor(client: BigfixClient, clock: () => Date) {
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

  probeAbsent(guests: readonly AbsentComputer[], signal?: AbortSignal): Promise<ReadonlyMap<string, AbsenceProbe>> {
    return this.#health.watch(probeComputers(this.#client, guests, signal));
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
