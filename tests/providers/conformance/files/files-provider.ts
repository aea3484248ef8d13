import type { ConnectionCheck, DiscoverOptions, Provider } from '../../../../src/providers/provider.ts';
import type { EndpointReport } from '../../../../src/types/endpoint.ts';
import { AppError } from '../../../../src/types/errors.ts';
import type { AbsenceProbe, ClusterIdentity, Observation } from '../../../../src/types/observation.ts';
import { discover, toIdentity } from './discover.ts';
import type { Folder } from './folder.ts';

export class FilesProvider implements Provider {
  readonly #folder: Folder;
  readonly #clock: () => Date;

  constructor(folder: Folder, clock: () => Date) {
    this.#folder = folder;
    this.#clock = clock;
  }

  discover(options: DiscoverOptions): Promise<Observation> {
    return discover(this.#folder, this.#clock, options);
  }

  async identify(): Promise<ClusterIdentity> {
    return toIdentity(await this.#folder.index());
  }

  /** Only a guest that has no file is gone. */
  async probeAbsent(guests: readonly { nativeId: string }[]): Promise<ReadonlyMap<string, AbsenceProbe>> {
    return new Map(
      await Promise.all(guests.map(async ({ nativeId }) => [nativeId, await this.#probe(nativeId)] as const)),
    );
  }

  async *check(): AsyncIterable<ConnectionCheck> {
    const { hosts, ids } = await this.#folder.index();
    yield { step: 'folder', ok: true, message: `${ids.length} guests on ${hosts.length} hosts` };
  }

  endpoints(): readonly EndpointReport[] {
    return [];
  }

  close(): void {}

  async #probe(id: string): Promise<AbsenceProbe> {
    try {
      await this.#folder.guest(id);
      return 'exists';
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return error.code === 'no-such-guest' ? 'gone' : 'unknown';
    }
  }
}
