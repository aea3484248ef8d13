import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { DetailQuestions, Details } from '../../types/details.ts';
import type { EndpointReport } from '../../types/endpoint.ts';
import { AppError } from '../../types/errors.ts';
import { guestKey } from '../../types/guest-key.ts';
import type { AbsenceProbe, ClusterIdentity, Observation } from '../../types/observation.ts';
import type {
  ClusterCertificates,
  ConnectionCheck,
  DiscoverOptions,
  FeedCursor,
  FeedPoll,
  InnerQuestions,
  InnerTelling,
  Provider,
  WantedGuest,
} from '../provider.ts';
import { attempt } from '../scope-reports.ts';
import { type CheckOptions, checkConnection } from './check.ts';
import { askCluster, readCluster, readVersion } from './cluster.ts';
import { discover } from './discover.ts';
import { type DiscoverChangedOptions, discoverChanged } from './discover-changed.ts';
import { askableGuests, askInside } from './inner-facts.ts';
import { toLog } from './log.ts';
import { readClusterCertificates } from './node-certificates.ts';
import { poll } from './poll.ts';
import { LINES } from './poll-activity.ts';
import { pollGuests } from './poll-guests.ts';
import { watchServers } from './prove-servers.ts';
import { readBackupJobs } from './read-backup-jobs.ts';
import { readBackups } from './read-backups.ts';
import { readCredential } from './read-credential.ts';
import { readDetails } from './read-details.ts';
import type { LogEntry } from './records/record.ts';
import { vmidOf } from './vmid.ts';

/** More absent guests than this are not asked for one by one: so many at once are a shorter listing, not removals. */
const MAX_PROBES = 200;

/** Guests that one run asks at most. */
const MAX_ASKED = 2_000;

/** A Proxmox VE cluster or single host. Reads only. */
export class ProxmoxProvider implements Provider {
  readonly #client: ProxmoxClient;
  readonly #clock: () => Date;

  constructor(client: ProxmoxClient, clock: () => Date) {
    this.#client = client;
    this.#clock = clock;
  }

  async discover(options: DiscoverOptions): Promise<Observation> {
    this.#client.beginRun();
    const prove = watchServers(this.#client);
    const seen = await discover({ client: this.#client, clock: this.#clock }, options);
    return { ...seen, identity: await prove(seen.identity, { signal: options.signal }) };
  }

  poll(options: { cursor: FeedCursor | null; signal?: AbortSignal }): Promise<FeedPoll> {
    this.#client.beginRun();
    return poll({ client: this.#client, clock: this.#clock }, options);
  }

  pollGuests(
    guests: readonly WantedGuest[],
    options: { known: ReadonlySet<string>; signal?: AbortSignal },
  ): Promise<FeedPoll> {
    this.#client.beginRun();
    return pollGuests({ client: this.#client, clock: this.#clock }, guests, options);
  }

  async discoverChanged(
    polled: FeedPoll,
    options: DiscoverChangedOptions,
  ): Promise<{ seen: Observation; cursor: FeedCursor }> {
    const prove = watchServers(this.#client);
    const { seen, cursor } = await discoverChanged({ client: this.#client, clock: this.#clock }, polled, options);
    return { seen: { ...seen, identity: await prove(seen.identity, { signal: options.signal }) }, cursor };
  }

  async readLog({ maskKey, signal }: Pick<DiscoverOptions, 'maskKey' | 'signal'>): Promise<readonly LogEntry[] | null> {
    const lines = await attempt(this.#client.getClusterLog({ max: LINES }, { signal }));
    return lines instanceof AppError ? null : toLog(lines, { maskKey, signal });
  }

  readDetails(
    questions: DetailQuestions,
    { maskKey, signal }: Pick<DiscoverOptions, 'maskKey' | 'signal'>,
  ): Promise<Details> {
    return readDetails({ client: this.#client, call: { signal }, maskKey }, questions);
  }

  async readInner(questions: InnerQuestions, seen: Observation, telling: InnerTelling): Promise<void> {
    const { guests, backups, wantsBackupJobs, wantsCredential } = questions;
    const common = { client: this.#client, clock: this.#clock, call: { signal: telling.signal }, ...telling };
    const askable = askableGuests(seen);
    const asked = guests.filter((guest) => askable.has(guestKey(guest))).slice(0, MAX_ASKED);
    await Promise.all([
      askInside(common, asked),
      readBackups(common, backups),
      wantsBackupJobs ? readBackupJobs(common) : null,
      wantsCredential ? readCredential(common) : null,
    ]);
  }

  async identify(signal?: AbortSignal): Promise<ClusterIdentity> {
    const call = { signal };
    const version = await readVersion(this.#client, call);
    return (await readCluster(this.#client, { version, ...askCluster(this.#client, call), call })).identity;
  }

  certificates(signal?: AbortSignal): Promise<ClusterCertificates> {
    return readClusterCertificates(this.#client, { signal });
  }

  /** Asks for each vmid whether it is free; a vmid that could not be asked for is `unknown`. */
  async probeAbsent(
    guests: readonly { nativeId: string }[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, AbsenceProbe>> {
    const ids = [...new Set(guests.map(({ nativeId }) => nativeId))];
    const probes = await Promise.all(
      ids.map(async (nativeId, index): Promise<readonly [string, AbsenceProbe]> => {
        if (index >= MAX_PROBES) return [nativeId, 'unknown'];
        const isFree = await attempt(this.#client.isVmidFree(vmidOf({ nativeId }), { signal }));
        return [nativeId, isFree === true ? 'gone' : isFree === false ? 'exists' : 'unknown'];
      }),
    );
    return new Map(probes);
  }

  /** One that may not be asked about, or is not told of, is `unknown`. */
  async probeStorages(names: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, AbsenceProbe>> {
    const probes = await Promise.all(
      names.map(async (name, index): Promise<readonly [string, AbsenceProbe]> => {
        if (index >= MAX_PROBES) return [name, 'unknown'];
        const isDefined = await attempt(this.#client.isStorageDefined(name, { signal }));
        return [name, isDefined === true ? 'exists' : isDefined === false ? 'gone' : 'unknown'];
      }),
    );
    return new Map(probes);
  }

  check(options: CheckOptions): AsyncIterable<ConnectionCheck> {
    return checkConnection(this.#client, options);
  }

  endpoints(): readonly EndpointReport[] {
    return this.#client.endpoints();
  }

  close(): void {
    this.#client.close();
  }
}
