import { AppError } from '../types/errors.ts';
import type { ProviderConfig } from '../types/provider.ts';
import type { Connection } from './connection.ts';
import { ensureProvider } from './ensure-provider.ts';

/** What `providers update` may change. Absent: unchanged. */
export interface ProviderUpdate extends Partial<Omit<ProviderConfig, 'type'>> {
  /** null: not synced by `watch`. */
  discoverInterval?: number | null;
}

/** The stored providers, as `providers add`, `update` and `remove` write them. Reading them is the inventory's part. */
export class ProviderRepository {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Throws AppError `configuration` when the name is taken. */
  async add(
    config: ProviderConfig,
    { now, discoverInterval = null }: { now: Date; discoverInterval?: number | null },
  ): Promise<{ id: string; name: string }> {
    if (await this.#find(config.name)) throw nameTaken(config.name);
    const provider = await ensureProvider(this.#connection, config, now);
    if (discoverInterval !== null) await this.update(config.name, { discoverInterval });
    return provider;
  }

  /** Throws AppError `not-found`, and `configuration` when the new name is taken. */
  async update(name: string, { endpoints, tls, credential, ...plain }: ProviderUpdate): Promise<void> {
    const { id } = await this.#get(name);
    if (plain.name !== undefined && plain.name !== name && (await this.#find(plain.name))) throw nameTaken(plain.name);
    await this.#connection.db.provider.update({
      where: { id },
      data: {
        ...plain,
        ...(endpoints && { endpoints: [...endpoints] }),
        ...(tls && { tls: { ...tls } }),
        ...(credential && { credential: { ...credential } }),
      },
    });
  }

  /**
   * Removes a provider with its nodes, guests, storages, tasks, log lines and runs. The revisions and changes stay, so
   * that the chain of hashes does. Throws AppError `not-found`.
   */
  async remove(name: string): Promise<void> {
    const { id } = await this.#get(name);
    await this.#connection.db.provider.delete({ where: { id } });
  }

  async #find(name: string): Promise<{ id: string } | null> {
    return this.#connection.db.provider.findUnique({ where: { name_removedKey: { name, removedKey: '' } }, select: { id: true } });
  }

  async #get(name: string): Promise<{ id: string }> {
    const provider = await this.#find(name);
    if (provider) return provider;
    throw new AppError('not-found', `There is no provider ${name}`, { hint: 'See `rollcall providers list`.' });
  }
}

function nameTaken(name: string): AppError {
  return new AppError('configuration', `There is a provider ${name} already`, {
    hint: 'Choose another name, or change it with `rollcall providers update`.',
  });
}
