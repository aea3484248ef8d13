import type { EndpointReport } from '../../types/endpoint.ts';
import type { Guest } from '../../types/guest.ts';
import type { AbsenceProbe, ClusterIdentity, Observation } from '../../types/observation.ts';
import { EndpointHealth } from '../endpoint-health.ts';
import { probeEach } from '../probe-each.ts';
import type { ConnectionCheck, DiscoverOptions, Provider } from '../provider.ts';
import { type CheckOptions, checkConnection } from './check.ts';
import { type Discovery, discover, identify } from './discover.ts';
import { Project } from './project.ts';

/** Compute Engine of Google Cloud, in some projects. Reads only. */
export class GcpProvider implements Provider {
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
    return this.#health.watch(identify(this.#discovery, signal));
  }

  /** Asks for each instance by its id in its zone. */
  probeAbsent(
    guests: readonly Pick<Guest, 'nativeId' | 'node'>[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, AbsenceProbe>> {
    const probed = probeEach(guests, ({ nativeId, node }) => {
      const [project, zone] = node.split('/', 2);
      if (!project || !zone) return null;
      const found = new Project(this.#discovery.api, project).instance(zone, nativeId, signal);
      return found.then((instance) => instance?.id === nativeId);
    });
    return this.#health.watch(probed);
  }

  check(options: CheckOptions): AsyncIterable<ConnectionCheck> {
    return checkConnection(this.#discovery, options);
  }

  endpoints(): readonly EndpointReport[] {
    const { api, addresses } = this.#discovery;
    return addresses.map(({ url }) => this.#health.report(url, api.serverCertificate()));
  }

  close(): void {
    this.#discovery.api.close();
  }
}
