import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationQuery, OperationRepository } from '../../repositories/operations/operation-repository.ts';
import { AppError } from '../../types/errors.ts';
import type { Filter, ProviderRow } from '../../types/inventory.ts';
import type { InventoryKey } from '../../types/inventory-key.ts';
import { isEnded, type Operation, type OperationKind } from '../../types/operation.ts';
import type { Channel } from '../../types/principal.ts';

const POLL_MS = 500;

/** Who asks for an operation, and by which way. */
export interface Asker {
  name: string;
  via: Channel;
}

export interface OperationRequest {
  kind: OperationKind;
  /** Name or id of a stored provider. */
  provider: string;
  /** sync: `{ scopes?, acceptRemovals? }`; test: none; trust: `{ endpoint, fingerprint }`. */
  parameters?: unknown;
  by: Asker;
}

export interface ListOperations extends OperationQuery {
  /** Names, with wildcards, in place of ids. */
  provider?: Filter | undefined;
}

interface ProviderQuery {
  provider?: Filter;
  includeRemoved?: boolean;
}

export interface OperationServiceDeps {
  repository: Pick<OperationRepository, 'enqueue' | 'requestCancel' | 'list' | 'find' | 'stateOf'>;
  /** Throws AppError('not-found') for a filter that names none. */
  providers: (query: ProviderQuery) => Promise<readonly Pick<ProviderRow, 'id' | 'name'>[]>;
  /** Throws AppError('configuration') where this machine has none. */
  inventoryKey: (name: string) => Promise<Pick<InventoryKey, 'sealSecret'>>;
  clock: () => Date;
  newId: () => string;
}

/** Asks for operations, looks at them and cancels them. They are performed by an OperationWorker, in whatever process. */
export class OperationService {
  readonly #deps: OperationServiceDeps;

  constructor(deps: OperationServiceDeps) {
    this.#deps = deps;
  }

  /**
   * The new operation; or, while the same work waits or runs already, that one. Throws AppError('usage') for parameters that the
   * kind does not take, AppError('not-found') without such a provider.
   */
  async request({ kind, provider, parameters: given, by }: OperationRequest): Promise<Operation> {
    const { repository, inventoryKey, clock, newId } = this.#deps;
    const { askedParameters, openKey, sealTrust } = await import('./parameters.ts');
    const parameters = askedParameters(kind, given);
    const { id: providerId, name: providerName } = await this.#provider(provider);
    const asked = { id: newId(), providerId, parameters };
    const now = clock();
    return repository.enqueue(
      {
        ...asked,
        kind,
        providerName,
        requestedBy: by.name,
        requestedVia: by.via,
        openKey: openKey(kind, providerId, parameters),
        ...(kind === 'trust' && { parameters: sealTrust(await inventoryKey(providerName), asked, now) }),
      },
      now,
    );
  }

  /**
   * One that waits is cancelled at once, one that runs by who performs it; one that has ended is given as it is. `id`: as
   * {@link get} takes it.
   */
  async cancel(id: string, by: Asker): Promise<Operation> {
    const { repository, clock } = this.#deps;
    const found = await this.get(id);
    return (await repository.requestCancel(found.id, { by: by.name, now: clock() })) ?? found;
  }

  /** The newest first, without their results. Throws AppError('not-found') for a name that no provider has. */
  async list({ provider, ...query }: ListOperations = {}): Promise<Operation[]> {
    const { repository, providers } = this.#deps;
    if (provider === undefined) return repository.list(query);
    const named = await providers({ provider, includeRemoved: true });
    return repository.list({ ...query, providers: named.map(({ id }) => id) });
  }

  /** By id or its beginning. Throws AppError('not-found'), AppError('ambiguous'). */
  async get(id: string): Promise<Operation> {
    const found = id === '' ? [] : await this.#deps.repository.find(id);
    const [only, ...others] = found;
    if (only !== undefined && others.length === 0) return only;
    if (only === undefined) {
      throw new AppError('not-found', `there is no operation ${id}`, { hint: 'see `rollcall operations list`' });
    }
    throw new AppError('ambiguous', `several operations begin with ${id}`, {
      hint: `name one: ${found.map((one) => one.id).join(', ')}`,
    });
  }

  /** By its whole id. */
  async find(id: string): Promise<Operation | null> {
    return (await this.#deps.repository.find(id)).find((one) => one.id === id) ?? null;
  }

  async #provider(nameOrId: string): Promise<Pick<ProviderRow, 'id' | 'name'>> {
    const all = await this.#deps.providers({});
    const found = all.find(({ id }) => id === nameOrId) ?? all.find(({ name }) => name === nameOrId);
    if (found !== undefined) return found;
    throw new AppError('not-found', `there is no provider ${nameOrId}`, { hint: 'see `rollcall providers list`' });
  }

  /** Waits until it has ended, whoever performs it. Throws AppError('interrupted'). */
  async waitFor(id: string, signal: AbortSignal): Promise<Operation> {
    for (;;) {
      const state = await this.#deps.repository.stateOf(id);
      if (state === null || isEnded(state)) return this.get(id);
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw new AppError('interrupted', `operation ${id} was not waited for`);
    }
  }
}
