import type { EndpointReport } from '../../types/endpoint.ts';
import type { AbsenceProbe, ClusterIdentity, Observation } from '../../types/observation.ts';
import { EndpointHealth } from '../endpoint-health.ts';
import type { ConnectionCheck, DiscoverOptions, Provider } from '../provider.ts';
import { type CheckOptions, checkConnection } from './check.ts';
import { type Discovery, discover, identify } from './discover.ts';
import { type AbsentComputer, probeComputers } from './probe.ts';

/** A BigFix server. Reads only. */
export class BigfixProvider implements Provider {
  readonly #discovery: Discovery;
  readonly #health: EndpointHealth;

  constructor(discovery: Discovery) {
    this.#discovery = discovery;
    this.#health = new EndpointHealth(discovery.clock);
  }

  discover(options: DiscoverOptions): Promise<Observation> {
    return this.#health.watch(discover(this.#discovery, options));
  }

  identify(signal?: AbortSignal): Promise<ClusterIdentity> {
    return this.#health.watch(identify(this.#discovery.client, signal));
  }

  probeAbsent(guests: readonly AbsentComputer[], signal?: AbortSignal): Promise<ReadonlyMap<string, AbsenceProbe>> {
    return this.#health.watch(probeComputers(this.#discovery.client, guests, signal));
  }

  check(options: CheckOptions): AsyncIterable<ConnectionCheck> {
    return checkConnection(this.#discovery.client, options);
  }

  endpoints(): readonly EndpointReport[] {
    return [this.#health.report(this.#discovery.client.endpoint, this.#discovery.client.serverCertificate())];
  }

  close(): void {
    this.#discovery.client.close();
  }
}
