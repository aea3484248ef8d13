import type { TokenRepository } from '../../repositories/people/token-repository.ts';
import type { UserRepository } from '../../repositories/people/user-repository.ts';
import { AppError } from '../../types/errors.ts';
import type { Actor, StoredToken, StoredUser } from '../../types/people.ts';
import { type AccessScope, hasRole, type Principal, type Role } from '../../types/principal.ts';
import type { ActionLog } from './action-log.ts';
import { isWithin, lowerRole, narrow } from './scope.ts';
import { hashOf, isToken, newToken } from './secrets.ts';
import { TOUCH_MS } from './session-service.ts';

export interface TokenDependencies {
  users: Pick<UserRepository, 'find'>;
  tokens: TokenRepository;
  actions: ActionLog;
  clock: () => Date;
  newId: () => string;
}

export interface TokenDraft {
  name: string;
  /** By default that of the user. */
  role?: Role | undefined;
  scope?: AccessScope | null | undefined;
  /** null: never. */
  expiresAt: Date | null;
}

/** A token that was just made: the only time that its secret is told. */
export interface MadeToken {
  secret: string;
  token: StoredToken;
}

/** Credentials of programs, which may no more than their user. */
export class TokenService {
  readonly #deps: TokenDependencies;

  constructor(deps: TokenDependencies) {
    this.#deps = deps;
  }

  /** By default of all users. The newest last. */
  async list(userId?: string): Promise<StoredToken[]> {
    return this.#deps.tokens.list(userId);
  }

  /** By name or id. Throws AppError('not-found'). */
  async get(user: StoredUser, reference: string): Promise<StoredToken> {
    const all = await this.#deps.tokens.list(user.id);
    const found = all.find(({ name }) => name === reference) ?? all.find(({ id }) => id === reference);
    if (found) return found;
    const names = all.map(({ name }) => name).join(', ');
    throw new AppError('not-found', `${user.name} has no token ${reference}`, {
      hint: names === '' ? 'there is none' : `there are: ${names}`,
    });
  }

  /** Throws AppError('usage') if it would see or may do more than its user, and 'configuration' for a name that is taken. */
  async add(user: StoredUser, draft: TokenDraft, actor: Actor): Promise<MadeToken> {
    const { tokens, actions, clock, newId } = this.#deps;
    const { name, role = user.role, scope = null, expiresAt } = draft;
    const now = clock();
    requirePossible(user, { name, role, scope, expiresAt }, now);
    const secret = newToken();
    const made = { id: newId(), userId: user.id, name, role, scope, createdAt: now, createdBy: actor.name, expiresAt };
    if (!(await tokens.add(made, hashOf(secret)))) {
      throw new AppError('configuration', `${user.name} has a token ${name} already`, { hint: 'choose another name' });
    }
    const detail = { role, scope, expiresAt };
    await actions.record(actor, { action: 'token.add', target: `${user.name}/${name}`, detail });
    return { secret, token: { ...made, lastUsedAt: null, revokedAt: null } };
  }

  async revoke(user: StoredUser, token: StoredToken, actor: Actor): Promise<void> {
    const isDone = await this.#deps.tokens.revoke(token.id, this.#deps.clock());
    if (isDone) {
      await this.#deps.actions.record(actor, { action: 'token.revoke', target: `${user.name}/${token.name}` });
    }
  }

  /** Whom the token belongs to; null: it counts no more. Its use is written once a minute at most. */
  async principalOf(secret: string): Promise<Principal | null> {
    const token = isToken(secret) ? await this.#deps.tokens.findByHash(hashOf(secret)) : null;
    const principal = token && (await this.#toPrincipal(token));
    if (token === null || principal === null) return null;
    const now = this.#deps.clock();
    if (now.getTime() - (token.lastUsedAt?.getTime() ?? 0) >= TOUCH_MS) await this.#deps.tokens.touch(token.id, now);
    return principal;
  }

  /** As it is now; null: it counts no more. */
  async find(id: string): Promise<Principal | null> {
    const token = await this.#deps.tokens.find(id);
    return token && this.#toPrincipal(token);
  }

  async #toPrincipal({ id, userId, role, scope, expiresAt, revokedAt }: StoredToken): Promise<Principal | null> {
    if (revokedAt !== null || (expiresAt !== null && expiresAt <= this.#deps.clock())) return null;
    const user = await this.#deps.users.find(userId);
    if (user === null || user.disabledAt !== null) return null;
    return {
      userId,
      name: user.name,
      role: lowerRole(user.role, role),
      scope: narrow(user.scope, scope),
      accountKey: user.accountKey,
      via: 'token',
      credentialId: id,
      expiresAt,
    };
  }
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

function requirePossible(
  user: StoredUser,
  { name, role, scope, expiresAt }: Required<TokenDraft> & { role: Role; scope: AccessScope | null },
  now: Date,
): void {
  if (!NAME.test(name)) {
    const hint = 'use letters, digits, dots, dashes and underscores';
    throw new AppError('usage', `'${name}' cannot be the name of a token`, { hint });
  }
  if (!hasRole(user, role)) {
    const hint = `choose ${user.role} or less`;
    throw new AppError('usage', `${user.name} is ${user.role}, and a token may not be ${role}`, { hint });
  }
  if (scope !== null && !isWithin(user.scope, scope)) {
    const hint = `rollcall users show ${user.name} lists what that is`;
    throw new AppError('usage', `a token may not see more than ${user.name}`, { hint });
  }
  if (expiresAt !== null && expiresAt <= now) {
    throw new AppError('usage', 'the token would have expired already', { hint: 'choose a later time' });
  }
}
