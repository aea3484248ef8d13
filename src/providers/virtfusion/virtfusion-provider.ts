import type { EndpointReport } from '../../types/endpoint.ts';
import type { AbsenceProbe, ClusterIdentity, Observation } from '../../types/observation.ts';
import { EndpointHealth } from '../endpoint-health.ts';
import type { ConnectionCheck, DiscoverOptions, Provider } from '../provider.ts';
import { type CheckOptions, checkConnection } from './check.ts';
import { discover, identify } from './discover.ts';
import { type AbsentGuest, probeGuests } from './probe.ts';
import type { VirtfusionClient } from './virtfusion-client.ts';

/** A control panel of VirtFusion. Reads only. */
export class VirtfusionProvider implements Provider {
  readonly #client: VirtfusionClient;
  readonly #clock: () => Date;
  readonly #asksPower: boolean;
  readonly #health: EndpointHealth;

  constructor(client: VirtfusionClient, { clock, asksPower = false }: { clock: () => Date; asksPower?: boolean }) {
    this.#client = client;
    this.#clock = clock;
    this.#asksPower = asksPower;
    this.#health = new EndpointHealth(clock);
  }

  discover(options: DiscoverOptions): Promise<Observation> {
    return this.#health.watch(
      discover({ client: this.#client, clock: this.#clock, asksPower: this.#asksPower }, options),
    );
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
