import { AppError } from '../../types/errors.ts';
import type { ProviderSchedule } from '../../types/inventory.ts';
import type { ClusterIdentity } from '../../types/observation.ts';
import {
  type Credential,
  type ProviderConfig,
  type ProviderSettings,
  type SealSettings,
  settingsOf,
} from '../../types/provider.ts';
import type { Connection, DbTransaction } from '../db/connection.ts';
import { sqlOf } from '../db/sql-transaction.ts';
import { stampProvider } from '../feed/feed-head.ts';
import { ensureProvider } from './ensure-provider.ts';
import { recordSettings, writePermission } from './provider-settings.ts';

/** The fields that `providers update` may change. An absent field stays unchanged. */
export interface ProviderUpdate
  extends Partial<Omit<ProviderConfig, 'type' | 'id' | 'actionCredential'>>,
    Partial<ProviderSchedule> {
  /** null: actions go with the credential of the reads again. */
  actionCredential?: Credential | null;
}

/** Resets the failures of a provider, so that `watch` retries it at once. */
const RESUMED = { pausedAt: null, pauseReason: null, failures: 0, retryAt: null } as const;

const RELEASED = {
  leaseHolder: null,
  leaseSince: null,
  leaseUntil: null,
  watchHolder: null,
  watchSince: null,
  watchUntil: null,
} as const;

/** The stored providers, as `providers add`, `update` and `remove` write them. The inventory repository reads them. */
export class ProviderRepository {
  readonly #connection: Connection;
  readonly #seal: SealSettings;

  constructor(connection: Connection, seal: SealSettings) {
    this.#connection = connection;
    this.#seal = seal;
  }

  /** Throws AppError `configuration` if the name is taken. `identity`: that of the cluster, if it was read already. */
  async add(
    config: ProviderConfig,
    { now, identity, ...schedule }: { now: Date; identity?: ClusterIdentity } & Partial<ProviderSchedule>,
  ): Promise<{ id: string; name: string }> {
    if (await this.#find(config.name)) throw nameTaken(config.name);
    const provider = await ensureProvider(this.#connection, config, { now, seal: this.#seal });
    const settings = settingsOf(config);
    await this.#connection.db.$transaction(async (tx) => {
      const data = { ...schedule, ...(identity && { identity: { ...identity } }) };
      if (Object.keys(data).length > 0) await tx.provider.update({ where: { id: provider.id }, data });
      await writePermission(tx, this.#connection.provider, { ...settings, id: provider.id });
      await this.#record(tx, { providerId: provider.id, settings, now });
      await this.#stamp(tx, provider.id, now);
    });
    return provider;
  }

  /**
   * A new credential ends a pause after authentication failures. Throws AppError `not-found`, and `configuration` if the
   * new name is taken.
   */
  async update(
    stored: ProviderSettings & { id: string },
    { endpoints, tls, credential, allow, actionCredential, ...plain }: ProviderUpdate,
    now: Date,
  ): Promise<void> {
    const { id } = await this.#get(stored.name);
    const { name = stored.name } = plain;
    if (name !== stored.name && (await this.#find(name))) throw nameTaken(name);
    const { actionCredential: acting, ...kept } = stored;
    const actor = actionCredential === undefined ? acting : (actionCredential ?? undefined);
    const settings = settingsOf({
      ...kept,
      name,
      endpoints: endpoints ?? stored.endpoints,
      tls: tls ?? stored.tls,
      credential: credential ?? stored.credential,
      ...(allow !== undefined && { allow }),
      ...(actor !== undefined && { actionCredential: actor }),
    });
    const isAllowed = allow !== undefined || actionCredential !== undefined;
    await this.#connection.db.$transaction(async (tx) => {
      await tx.provider.update({
        where: { id },
        data: { ...plain, ...toColumns(settings), ...(credential && RESUMED) },
      });
      // Results under the old settings do not apply to the new ones.
      if (endpoints || tls) await tx.endpointHealth.deleteMany({ where: { providerId: id } });
      if (isAllowed) await writePermission(tx, this.#connection.provider, { ...settings, id });
      const isChanged = endpoints || tls || credential || isAllowed || name !== stored.name;
      if (isChanged) await this.#record(tx, { providerId: id, settings, now });
      await this.#stamp(tx, id, now);
    });
  }

  /** Records the present settings of the row after a user confirmed them. Throws AppError `not-found`. */
  async confirm({ id, ...seen }: ProviderSettings & { id: string }, now: Date): Promise<void> {
    await this.#get(seen.name);
    const settings = settingsOf(seen);
    await this.#connection.db.$transaction(async (tx) => {
      // Confirms only the settings that the user saw, not later ones.
      await tx.provider.update({ where: { id }, data: toColumns(settings) });
      await writePermission(tx, this.#connection.provider, { ...settings, id });
      await this.#record(tx, { providerId: id, settings, now });
      await this.#stamp(tx, id, now);
    });
  }

  /** Enabling also ends a pause and the delay after failures. Throws AppError `not-found`. */
  async setEnabled(name: string, isEnabled: boolean, now: Date): Promise<void> {
    const { id } = await this.#get(name);
    const data = isEnabled ? { isEnabled, ...RESUMED } : { isEnabled, watchHolder: null, watchUntil: null };
    await this.#connection.db.$transaction(async (tx) => {
      await tx.provider.update({ where: { id }, data });
      await this.#stamp(tx, id, now);
    });
  }

  /**
   * Removes a provider: frees its name and its cluster, deletes its credential references, and keeps its history. A run in
   * progress can no longer commit. Throws AppError `not-found`.
   */
  async remove(provider: ProviderSettings & { id: string }, now: Date): Promise<void> {
    const { id, name, actionCredential, allow: _, ...stored } = provider;
    const credential = wiped(stored.credential);
    const settings = settingsOf({
      ...stored,
      name,
      credential,
      ...(actionCredential !== undefined && { actionCredential: wiped(actionCredential) }),
    });
    await this.#get(name);
    await this.#connection.db.$transaction(async (tx) => {
      await tx.endpointHealth.deleteMany({ where: { providerId: id } });
      await tx.provider.update({
        where: { id },
        data: { removedKey: id, removedAt: now, credential, ...RELEASED, ...RESUMED },
      });
      await writePermission(tx, this.#connection.provider, { ...settings, id });
      await this.#record(tx, { providerId: id, settings, now });
      await this.#stamp(tx, id, now);
    });
  }

  async #record(tx: DbTransaction, what: { providerId: string; settings: ProviderSettings; now: Date }): Promise<void> {
    await recordSettings(tx, this.#connection, { ...what, seal: this.#seal });
  }

  async #stamp(tx: DbTransaction, providerId: string, at: Date): Promise<void> {
    await stampProvider(sqlOf(tx), this.#connection.provider, { providerId, at });
  }

  async #find(name: string): Promise<{ id: string } | null> {
    return this.#connection.db.provider.findUnique({
      where: { name_removedKey: { name, removedKey: '' } },
      select: { id: true },
    });
  }

  async #get(name: string): Promise<{ id: string }> {
    const provider = await this.#find(name);
    if (provider) return provider;
    throw new AppError('not-found', `There is no provider ${name}`, { hint: 'See `rollcall providers list`.' });
  }
}

/** The user that read the cluster stays known; the reference to the secret does not. */
function wiped(stored: Credential): Credential {
  switch (stored.kind) {
    case 'token':
      return { kind: 'token', tokenId: stored.tokenId, secretRef: '' };
    case 'password':
      return { kind: 'password', user: stored.user, passwordRef: '' };
    case 'login':
      return { kind: 'login', login: stored.login };
  }
}

function toColumns({ endpoints, tls, credential }: ProviderSettings) {
  return { endpoints: [...endpoints], tls: { ...tls }, credential: { ...credential } };
}

function nameTaken(name: string): AppError {
  return new AppError('configuration', `There is a provider ${name} already`, {
    hint: 'Choose another name, or change it with `rollcall providers update`.',
  });
}
