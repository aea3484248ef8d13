import type { LoginDelayRepository } from '../../repositories/people/login-delay-repository.ts';
import type { SessionRepository } from '../../repositories/people/session-repository.ts';
import type { UserRepository } from '../../repositories/people/user-repository.ts';
import { AppError } from '../../types/errors.ts';
import type { StoredSession, StoredUser } from '../../types/people.ts';
import type { Principal, Role } from '../../types/principal.ts';
import type { ActionLog } from './action-log.ts';
import { accountKey, addressKey, FORGET_MS, loginDelayMs } from './login-delay.ts';
import type { Passwords } from './passwords.ts';
import { hashOf, isSecret, newSecret } from './secrets.ts';
import { userName } from './user-name.ts';

const IDLE_MS = 12 * 3_600_000;
const LONGEST_MS = 7 * 24 * 3_600_000;
/** How exactly it is known when a credential was used last. */
export const TOUCH_MS = 60_000;

export interface SessionDependencies {
  users: UserRepository;
  sessions: SessionRepository;
  delays: LoginDelayRepository;
  passwords: Passwords;
  actions: ActionLog;
  clock: () => Date;
  newId: () => string;
}

/** A login that succeeded. The secret is what the cookie holds. */
export interface OpenedSession {
  secret: string;
  principal: Principal;
}

export type LoginOutcome =
  | ({ kind: 'in' } & OpenedSession)
  | { kind: 'wrong' }
  /** Nothing was tried, and nothing is before this time. */
  | { kind: 'wait'; until: Date };

/** What a provider of OpenID Connect says of a person, with the role that its claims are mapped to. */
export interface ExternalIdentity {
  issuer: string;
  subject: string;
  name: string;
  displayName: string | null;
  role: Role;
}

/** A session without what would find it. */
export type ShownSession = Omit<StoredSession, 'id' | 'userId'>;

/** Logins of people. */
export class SessionService {
  readonly #deps: SessionDependencies;

  constructor(deps: SessionDependencies) {
    this.#deps = deps;
  }

  /** Tells by nothing, the time included, whether there is such a user. Throws AppError('limit') when too many log in at once. */
  async login({ name, password, address }: Record<'name' | 'password' | 'address', string>): Promise<LoginOutcome> {
    const { users, delays, passwords, actions, clock } = this.#deps;
    const account = name.toLowerCase();
    const keys = { account: accountKey(account), address: addressKey(address) };
    const now = clock();
    const attempts = (['account', 'address'] as const).map((of) => ({
      key: keys[of],
      delayMs: (failures: number) => loginDelayMs(of, failures),
    }));
    const until = await delays.begin(attempts, now, new Date(now.getTime() - FORGET_MS));
    if (until !== null) return { kind: 'wait', until };
    const user = userName(account) === null ? null : await users.findByName(account);
    const isRight = await passwords.isRight(password, user?.passwordHash ?? null).catch(async (error: unknown) => {
      await delays.withdraw(keys, clock());
      throw error;
    });
    if (user === null || !isRight || user.disabledAt !== null) {
      // A name without a user is not recorded: it may be a password that was typed into the wrong field.
      const actor = { name: user?.name ?? 'unknown', via: 'web', address } as const;
      await actions.record(actor, { action: 'login', outcome: 'refused' });
      return { kind: 'wrong' };
    }
    await delays.succeed(keys, clock());
    await delays.forget(new Date(now.getTime() - FORGET_MS));
    return { kind: 'in', ...(await this.#open(user, address, 'password')) };
  }

  /**
   * Makes the user at the first login, and takes the role anew at each. A user of that name who logs in otherwise is another one.
   * Throws AppError('forbidden'), of which nothing is recorded.
   */
  async loginExternally(identity: ExternalIdentity, address: string): Promise<OpenedSession> {
    const { users, actions } = this.#deps;
    const { issuer, subject, role } = identity;
    const user = (await users.findBySubject(issuer, subject)) ?? (await this.#addExternal(identity, address));
    if (user.disabledAt !== null) throw new AppError('forbidden', `${user.name} is disabled`, { hint: 'ask an admin' });
    if (user.role !== role) {
      await users.change(user.id, { role }, () => true);
      await this.#deps.sessions.removeOf(user.id);
      const detail = { role, by: issuer };
      await actions.record(
        { name: user.name, via: 'web', address },
        { action: 'user.update', target: user.name, detail },
      );
    }
    return this.#open({ ...user, role }, address, issuer);
  }

  async logout(principal: Principal, address: string | null): Promise<void> {
    const { credentialId, name, via } = principal;
    if (via !== 'session' || credentialId === null) return;
    await this.#deps.sessions.remove(credentialId);
    await this.#deps.actions.record({ name, via: 'web', address }, { action: 'logout' });
  }

  /** Whom the cookie belongs to; null: to nobody any more. Lengthens the session, which is written once a minute at most. */
  async principalOf(secret: string): Promise<Principal | null> {
    const found = isSecret(secret) ? await this.#find(hashOf(secret)) : null;
    if (found === null) return null;
    const { session, user } = found;
    const now = this.#deps.clock();
    if (now.getTime() - session.lastUsedAt.getTime() < TOUCH_MS) return toPrincipal(user, session);
    const expiresAt = expiry(session.createdAt, now);
    await this.#deps.sessions.touch(session.id, { lastUsedAt: now, expiresAt });
    return toPrincipal(user, { ...session, expiresAt });
  }

  /** As it is now, without lengthening it; null: it has ended. */
  async find(id: string): Promise<Principal | null> {
    const found = await this.#find(id);
    return found && toPrincipal(found.user, found.session);
  }

  /** Where a user is logged in, the place of the last use first. */
  async listOf({ id, disabledAt }: StoredUser): Promise<ShownSession[]> {
    const found = disabledAt === null ? await this.#deps.sessions.listOf(id, this.#deps.clock()) : [];
    return found.map(({ address, createdAt, lastUsedAt, expiresAt }) => ({
      address,
      createdAt,
      lastUsedAt,
      expiresAt,
    }));
  }

  async #find(id: string): Promise<{ session: StoredSession; user: StoredUser } | null> {
    const found = await this.#deps.sessions.find(id);
    const isValid = found !== null && found.session.expiresAt > this.#deps.clock() && found.user.disabledAt === null;
    return isValid ? found : null;
  }

  async #addExternal(identity: ExternalIdentity, address: string): Promise<StoredUser> {
    const { users, actions, clock, newId } = this.#deps;
    const { issuer, subject, role, displayName } = identity;
    const name = userName(identity.name);
    if (name === null) {
      throw new AppError('forbidden', 'the identity provider gives a name that cannot be one here', {
        hint: 'choose another claim for the name',
      });
    }
    const user = { id: newId(), name, displayName, role, scope: null, accountKey: null, issuer, subject };
    const isAdded = await users.add({ ...user, createdAt: clock(), createdBy: issuer });
    const stored = isAdded ? await users.find(user.id) : await users.findBySubject(issuer, subject);
    if (stored === null) {
      throw new AppError('forbidden', `there is another user ${name} already`, {
        hint: 'an admin can remove that user, or the identity provider give another name',
      });
    }
    const detail = { role, by: issuer };
    await actions.record({ name, via: 'web', address }, { action: 'user.add', target: name, detail });
    return stored;
  }

  /** Always with a new secret: nobody can have known it before the login. */
  async #open(user: StoredUser, address: string, by: string): Promise<OpenedSession> {
    const { users, sessions, actions, clock } = this.#deps;
    const secret = newSecret();
    const now = clock();
    const session: StoredSession = {
      id: hashOf(secret),
      userId: user.id,
      createdAt: now,
      lastUsedAt: now,
      expiresAt: expiry(now, now),
      address,
    };
    await sessions.add(session);
    await users.setLastLogin(user.id, now);
    await actions.record({ name: user.name, via: 'web', address }, { action: 'login', detail: { by } });
    return { secret, principal: toPrincipal(user, session) };
  }
}

function expiry(createdAt: Date, now: Date): Date {
  return new Date(Math.min(now.getTime() + IDLE_MS, createdAt.getTime() + LONGEST_MS));
}

function toPrincipal({ id, name, role, scope, accountKey }: StoredUser, session: StoredSession): Principal {
  const credential = { credentialId: session.id, expiresAt: session.expiresAt };
  return { userId: id, name, role, scope, accountKey, via: 'session', ...credential };
}
