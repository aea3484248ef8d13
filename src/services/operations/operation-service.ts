import type { OperationQuery, OperationRepository } from '../../repositories/operations/operation-repository.ts';
import { AppError } from '../../types/errors.ts';
import type { Filter, ProviderRow } from '../../types/inventory.ts';
import type { InventoryKey } from '../../types/inventory-key.ts';
import type { Operation, QueuedKind } from '../../types/operation.ts';
import type { Action, Actor } from '../../types/people.ts';

export interface OperationRequest {
  kind: QueuedKind;
  /** Name or id of a stored provider; null: of a kind that is about none. */
  provider: string | null;
  /** reconcile: `{ accountKey? }`; sync: `{ scopes?, acceptRemovals? }`; test: none; trust: `{ endpoint, fingerprint }`. */
  parameters?: unknown;
  by: Actor;
}

export interface ListOperations extends OperationQuery {
  /** Names, with wildcards, in place of ids. */
  provider?: Filter | undefined;
}

interface ProviderQuery {
  provider: Filter;
  includeRemoved: true;
}

export interface OperationServiceDeps {
  repository: Pick<OperationRepository, 'enqueue' | 'requestCancel' | 'list' | 'find' | 'findOpen'>;
  /** Throws AppError('not-found') for a filter that names none. */
  providers: (query: ProviderQuery) => Promise<readonly Pick<ProviderRow, 'id'>[]>;
  /** By id or name. Throws AppError('not-found'). */
  provider: (reference: string) => Promise<Pick<ProviderRow, 'id' | 'name'>>;
  /** Into the record of actions. */
  record: (by: Actor, action: Action) => Promise<void>;
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
    const { repository, record, inventoryKey, clock, newId } = this.#deps;
    const { askedParameters, openKey, sealTrust } = await import('./parameters.ts');
    const parameters = askedParameters(kind, given);
    const named = provider === null ? null : await this.#deps.provider(provider);
    if ((named === null) !== (kind === 'reconcile')) throw aboutProvider(kind);
    const [providerId, providerName] = [named?.id ?? null, named?.name ?? null];
    const asked = { id: newId(), providerId, parameters };
    const now = clock();
    const operation = await repository.enqueue(
      {
        ...asked,
        kind,
        providerName,
        requestedBy: by.name,
        requestedVia: by.via,
        openKey: openKey(kind, providerId, parameters),
        ...(kind === 'trust' && { parameters: sealTrust(await inventoryKey(providerName ?? ''), asked, now) }),
      },
      now,
    );
    const action = providerName === null ? kind : `provider.${kind}`;
    const detail = { operation: operation.id, ...(providerName === null && parameters) };
    await record(by, { action, target: providerName, detail });
    return operation;
  }

  /**
   * One that waits is cancelled at once, one that runs by who performs it; one that has ended is given as it is. `id`: as
   * {@link get} takes it.
   */
  async cancel(id: string, by: Actor): Promise<Operation> {
    const { repository, record, clock } = this.#deps;
    const found = await this.get(id);
    const cancelled = (await repository.requestCancel(found.id, { by: by.name, now: clock() })) ?? found;
    if (found.cancelledBy === null && cancelled.cancelledBy === by.name) {
      const { kind, providerName } = cancelled;
      await record(by, { action: 'operation.cancel', target: found.id, detail: { kind, provider: providerName } });
    }
    return cancelled;
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

  /** The one that waits or runs for the same; null: there is none. */
  async findOpen(kind: QueuedKind, parameters: Operation['parameters']): Promise<Operation | null> {
    const { openKey } = await import('./parameters.ts');
    return this.#deps.repository.findOpen(openKey(kind, null, parameters));
  }

  /** By its whole id. */
  async find(id: string): Promise<Operation | null> {
    return (await this.#deps.repository.find(id)).find((one) => one.id === id) ?? null;
  }
}

function aboutProvider(kind: QueuedKind): AppError {
  const about = kind === 'reconcile' ? 'is about no provider' : 'is about a provider';
  return new AppError('usage', `an operation of the kind ${kind} ${about}`);
}
