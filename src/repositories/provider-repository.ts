import { AppError } from '../types/errors.ts';
import type { ProviderSchedule } from '../types/inventory.ts';
import type { ClusterIdentity } from '../types/observation.ts';
import type { Credential, ProviderConfig } from '../types/provider.ts';
import type { Connection } from './connection.ts';
import { ensureProvider } from './ensure-provider.ts';

/** What `providers update` may change. Absent: unchanged. */
export interface ProviderUpdate extends Partial<Omit<ProviderConfig, 'type' | 'id'>>, Partial<ProviderSchedule> {}

/** What a provider that waits after failures forgets, so that `watch` tries it again at once. */
const RESUMED = { pausedAt: null, pauseReason: null, failures: 0, retryAt: null } as const;

const RELEASED = {
  leaseHolder: null,
  leaseSince: null,
  leaseUntil: null,
  watchHolder: null,
  watchSince: null,
  watchUntil: null,
} as const;

/** The stored providers, as `providers add`, `update` and `remove` write them. Reading them is the inventory's part. */
export class ProviderRepository {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Throws AppError `configuration` when the name is taken. `identity`: of the cluster, where it was read already. */
  async add(
    config: ProviderConfig,
    { now, identity, ...schedule }: { now: Date; identity?: ClusterIdentity } & Partial<ProviderSchedule>,
  ): Promise<{ id: string; name: string }> {
    if (await this.#find(config.name)) throw nameTaken(config.name);
    const provider = await ensureProvider(this.#connection, config, now);
    const data = { ...schedule, ...(identity && { identity: { ...identity } }) };
    if (Object.keys(data).length > 0) await this.#connection.db.provider.update({ where: { id: provider.id }, data });
    return provider;
  }

  /**
   * A new credential ends a pause after authentication failures. Throws AppError `not-found`, and `configuration` when the
   * new name is taken.
   */
  async update(name: string, { endpoints, tls, credential, ...plain }: ProviderUpdate): Promise<void> {
    const { id } = await this.#get(name);
    if (plain.name !== undefined && plain.name !== name && (await this.#find(plain.name))) throw nameTaken(plain.name);
    await this.#connection.db.provider.update({
      where: { id },
      data: {
        ...plain,
        ...(endpoints && { endpoints: [...endpoints] }),
        ...(tls && { tls: { ...tls } }),
        ...(credential && { credential: { ...credential }, ...RESUMED }),
      },
    });
    // What was found out under the old settings says nothing of the new ones.
    if (endpoints || tls) await this.#connection.db.endpointHealth.deleteMany({ where: { providerId: id } });
  }

  /** Enabling also ends a pause and the wait after failures. Throws AppError `not-found`. */
  async setEnabled(name: string, isEnabled: boolean): Promise<void> {
    const { id } = await this.#get(name);
    const data = isEnabled ? { isEnabled, ...RESUMED } : { isEnabled, watchHolder: null, watchUntil: null };
    await this.#connection.db.provider.update({ where: { id }, data });
  }

  /**
   * Puts a provider away: its name and its cluster are free again, its credential reference is wiped, a run that is under way
   * cannot commit, and everything recorded of it stays. Throws AppError `not-found`.
   */
  async remove(name: string, now: Date): Promise<void> {
    const { id, credential } = await this.#get(name);
    await this.#connection.db.$transaction(async (tx) => {
      await tx.endpointHealth.deleteMany({ where: { providerId: id } });
      await tx.provider.update({
        where: { id },
        data: { removedKey: id, removedAt: now, credential: wiped(credential), ...RELEASED, ...RESUMED },
      });
    });
  }

  async #find(name: string): Promise<{ id: string; credential: unknown } | null> {
    return this.#connection.db.provider.findUnique({
      where: { name_removedKey: { name, removedKey: '' } },
      select: { id: true, credential: true },
    });
  }

  async #get(name: string): Promise<{ id: string; credential: unknown }> {
    const provider = await this.#find(name);
    if (provider) return provider;
    throw new AppError('not-found', `There is no provider ${name}`, { hint: 'See `rollcall providers list`.' });
  }
}

/** Who it was that read stays known; where the secret is does not. */
function wiped(stored: unknown): Credential {
  const token = stored !== null && typeof stored === 'object' && 'tokenId' in stored ? stored.tokenId : undefined;
  if (typeof token === 'string') return { kind: 'token', tokenId: token, secretRef: '' };
  const user = stored !== null && typeof stored === 'object' && 'user' in stored ? stored.user : undefined;
  return { kind: 'password', user: typeof user === 'string' ? user : '', passwordRef: '' };
}

function nameTaken(name: string): AppError {
  return new AppError('configuration', `There is a provider ${name} already`, {
    hint: 'Choose another name, or change it with `rollcall providers update`.',
  });
}
