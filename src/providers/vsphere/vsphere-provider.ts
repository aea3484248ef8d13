import type { EndpointReport } from '../../types/endpoint.ts';
import type { AbsenceProbe, ClusterIdentity, Observation } from '../../types/observation.ts';
import { EndpointHealth } from '../endpoint-health.ts';
import type { ConnectionCheck, DiscoverOptions, FeedCursor, FeedPoll, Provider } from '../provider.ts';
import { type CheckOptions, checkConnection } from './check.ts';
import { discover, identify } from './discover.ts';
import { type DiscoverChangedOptions, discoverChanged } from './feed/discover-changed.ts';
import { VsphereFeed } from './feed/vsphere-feed.ts';
import { type AbsentGuest, probeGuests } from './probe.ts';
import type { VsphereClient } from './soap/vsphere-client.ts';

/** A vCenter or an ESXi. Reads only. */
export class VsphereProvider implements Provider {
  readonly #client: VsphereClient;
  readonly #clock: () => Date;
  readonly #health: EndpointHealth;
  readonly #feed: VsphereFeed;

  constructor(client: VsphereClient, clock: () => Date) {
    this.#client = client;
    this.#clock = clock;
    this.#feed = new VsphereFeed({ client, clock });
    this.#health = new EndpointHealth(clock);
  }

  discover(options: DiscoverOptions): Promise<Observation> {
    return this.#health.watch(discover({ client: this.#client, clock: this.#clock }, options));
  }

  poll(options: { cursor: FeedCursor | null; signal?: AbortSignal }): Promise<FeedPoll> {
    return this.#health.watch(this.#feed.poll(options));
  }

  discoverChanged(
    polled: FeedPoll,
    options: DiscoverChangedOptions,
  ): Promise<{ seen: Observation; cursor: FeedCursor }> {
    return this.#health.watch(discoverChanged({ client: this.#client, clock: this.#clock }, polled, options));
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

  /** Logs out in the background, which takes 3 s at most: the pending request keeps the process alive until then. */
  close(): void {
    void this.#client.close();
  }
}
