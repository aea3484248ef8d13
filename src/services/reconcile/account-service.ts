import type { AccountRepository } from '../../repositories/reconcile/account-repository.ts';
import { nearest } from '../../text/near-names.ts';
import { type Account, type ExternalId, externalKey } from '../../types/account.ts';
import { AppError } from '../../types/errors.ts';
import type { Action, Actor } from '../../types/people.ts';

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@+-]{0,99}$/u;

export interface AccountDeps {
  accounts: AccountRepository;
  record: (by: Actor, action: Action) => Promise<void>;
  clock: () => Date;
  newId: () => string;
}

/** Who owns servers. */
export class AccountService {
  readonly #deps: AccountDeps;

  constructor(deps: AccountDeps) {
    this.#deps = deps;
  }

  list(): Promise<Account[]> {
    return this.#deps.accounts.list();
  }

  /** By name or id. Throws AppError('not-found') with a near name. */
  async get(nameOrId: string): Promise<Account> {
    const all = await this.list();
    const found = all.find(({ name }) => name === nameOrId) ?? all.find(({ id }) => id === nameOrId);
    if (found !== undefined) return found;
    const near = nearest(
      nameOrId,
      all.map(({ name }) => name),
    );
    throw new AppError('not-found', `there is no account ${nameOrId}`, {
      hint: near === undefined ? 'see `rollcall accounts list`' : `did you mean ${near}?`,
    });
  }

  /** How findings name the account: `NAME`, its id, or `SYSTEM:VALUE`. Throws AppError('not-found'). */
  async keyOf(text: string): Promise<string> {
    const [system, value] = splitId(text) ?? [];
    if (system === undefined || value === undefined) return (await this.get(text)).id;
    const all = await this.list();
    const key = externalKey({ system, value });
    return all.find(({ ids }) => ids.some((id) => externalKey(id) === key))?.id ?? key;
  }

  /** Throws AppError('usage') for a name that cannot be one, AppError('configuration') for one that is taken. */
  async add(name: string, ids: readonly ExternalId[], by: Actor): Promise<Account> {
    if (!NAME.test(name)) {
      throw new AppError('usage', `'${name}' cannot be the name of an account`, {
        hint: 'letters, digits, spaces and . _ @ + -',
      });
    }
    const { accounts, clock, newId, record } = this.#deps;
    const account = { id: newId(), name, createdAt: clock(), createdBy: by.name, ids };
    await accounts.add([account]);
    await record(by, { action: 'account.add', target: name, detail: { ids: ids.map(externalKey) } });
    return account;
  }

  async addIds(name: string, ids: readonly ExternalId[], by: Actor): Promise<Account> {
    const { id } = await this.get(name);
    await this.#deps.accounts.addIds(id, ids);
    await this.#deps.record(by, { action: 'account.change', target: name, detail: { added: ids.map(externalKey) } });
    return this.get(id);
  }

  async removeIds(name: string, ids: readonly ExternalId[], by: Actor): Promise<Account> {
    const { id } = await this.get(name);
    await this.#deps.accounts.removeIds(id, ids);
    await this.#deps.record(by, { action: 'account.change', target: name, detail: { removed: ids.map(externalKey) } });
    return this.get(id);
  }

  async remove(name: string, by: Actor): Promise<void> {
    const { id } = await this.get(name);
    await this.#deps.accounts.remove(id);
    await this.#deps.record(by, { action: 'account.remove', target: name });
  }
}

/** `SYSTEM:VALUE`. Throws AppError('usage'). */
export function parseExternalId(text: string): ExternalId {
  const [system, value] = splitId(text) ?? [];
  if (system !== undefined && value !== undefined) return { system, value };
  throw new AppError('usage', `'${text}' is no id of an account`, {
    hint: 'write SYSTEM:VALUE: the name of a panel and what it calls the account (whmcs:42), or user:NAME for a user of serve',
  });
}

function splitId(text: string): [system: string, value: string] | null {
  const at = text.indexOf(':');
  const [system, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  return at < 1 || system === '' || value === '' || text.length > 300 ? null : [system, value];
}
