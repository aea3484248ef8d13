import type { SessionRepository } from '../../repositories/people/session-repository.ts';
import type { UserChange, UserRepository } from '../../repositories/people/user-repository.ts';
import { nearest } from '../../text/near-names.ts';
import { AppError } from '../../types/errors.ts';
import type { Actor, StoredUser } from '../../types/people.ts';
import type { AccessScope, Role } from '../../types/principal.ts';
import type { ActionLog } from './action-log.ts';
import { type Passwords, requireStrong } from './passwords.ts';
import { hashOf, isSecret, newSecret } from './secrets.ts';
import { requireUserName } from './user-name.ts';

const INVITE_MS = 24 * 3_600_000;

export interface UserDependencies {
  users: UserRepository;
  sessions: Pick<SessionRepository, 'removeOf'>;
  passwords: Passwords;
  actions: ActionLog;
  clock: () => Date;
  newId: () => string;
}

export interface UserDraft {
  name: string;
  displayName?: string | null | undefined;
  /** By default `viewer`, and `admin` for the first user. */
  role?: Role | undefined;
  scope?: AccessScope | null | undefined;
  /** By default it is set by an invitation. */
  password?: string | undefined;
}

/** A one-time secret that sets a password. It is told once, and only its hash is kept. */
export interface Invitation {
  secret: string;
  until: Date;
}

export type UserEdit = Pick<UserChange, 'displayName' | 'role' | 'scope'>;

/** The users, and what admins do with them. Every change is recorded with its actor. */
export class UserService {
  readonly #deps: UserDependencies;

  constructor(deps: UserDependencies) {
    this.#deps = deps;
  }

  async list(): Promise<StoredUser[]> {
    return this.#deps.users.list();
  }

  async hasAny(): Promise<boolean> {
    return this.#deps.users.hasAny();
  }

  /** By name or id. Throws AppError('not-found') with a near name. */
  async get(reference: string): Promise<StoredUser> {
    const { users } = this.#deps;
    const found = (await users.findByName(reference.toLowerCase())) ?? (await users.find(reference));
    if (found) return found;
    const names = (await users.list()).map(({ name }) => name);
    const near = nearest(reference, names);
    const list = names.length === 0 ? 'there is none: rollcall users add NAME' : `there are: ${names.join(', ')}`;
    throw new AppError('not-found', `there is no user ${reference}`, {
      hint: near === undefined ? list : `did you mean ${near}? ${list}`,
    });
  }

  /** Throws AppError('usage') for a bad name or password, and 'configuration' for a name that is taken. */
  async add(draft: UserDraft, actor: Actor): Promise<{ user: StoredUser; invitation: Invitation | null }> {
    const { users, passwords, actions, clock, newId } = this.#deps;
    const name = requireUserName(draft.name);
    const isFirst = !(await users.hasAny());
    const role = draft.role ?? (isFirst ? 'admin' : 'viewer');
    if (isFirst && role !== 'admin') {
      throw new AppError('usage', `the first user is an admin, and ${name} would be ${role}`, {
        hint: `add an admin first, or leave out the role`,
      });
    }
    const { displayName = null, scope = null, password } = draft;
    if (password !== undefined) requireStrong(password, name);
    const passwordHash = password === undefined ? null : await passwords.hash(password);
    const [createdAt, createdBy, id] = [clock(), actor.name, newId()];
    const user = { id, name, displayName, role, scope, issuer: null, subject: null, createdAt, createdBy };
    if (!(await users.add({ ...user, passwordHash }))) {
      throw new AppError('configuration', `there is a user ${name} already`, {
        hint: `choose another name, or: rollcall users show ${name}`,
      });
    }
    await actions.record(actor, { action: 'user.add', target: name, detail: { role, scope } });
    const invitation = password === undefined ? await this.#invite(id) : null;
    return { user: await this.get(id), invitation };
  }

  /** Sessions end if role or scope change. Throws AppError('configuration') if no admin would be left. */
  async update(user: StoredUser, edit: UserEdit, actor: Actor): Promise<StoredUser> {
    await this.#change(user, edit);
    if (edit.role !== undefined || edit.scope !== undefined) await this.#deps.sessions.removeOf(user.id);
    await this.#deps.actions.record(actor, { action: 'user.update', target: user.name, detail: edit });
    return this.get(user.id);
  }

  /** A user who is disabled is logged out, and tokens are refused. */
  async setDisabled(user: StoredUser, isDisabled: boolean, actor: Actor): Promise<void> {
    const { sessions, actions, clock } = this.#deps;
    await this.#change(user, { disabledAt: isDisabled ? clock() : null });
    if (isDisabled) await sessions.removeOf(user.id);
    const action = isDisabled ? 'user.disable' : 'user.enable';
    await actions.record(actor, { action, target: user.name });
  }

  /** With sessions and tokens. Throws AppError('configuration') if others would be left without an admin. */
  async remove(user: StoredUser, actor: Actor): Promise<void> {
    const isDone = await this.#deps.users.remove(
      user.id,
      (after, before) => after.length === 0 || keepsAdmin(after, before),
    );
    if (!isDone) throw lastAdmin(user.name);
    await this.#deps.actions.record(actor, { action: 'user.remove', target: user.name });
  }

  /** An earlier invitation counts no more. The present password does, until another one is set. */
  async invite(user: StoredUser, actor: Actor): Promise<Invitation> {
    if (user.disabledAt !== null) {
      throw new AppError('configuration', `${user.name} is disabled`, {
        hint: `rollcall users enable ${user.name}`,
      });
    }
    const invitation = await this.#invite(user.id);
    const { until } = invitation;
    await this.#deps.actions.record(actor, { action: 'user.invite', target: user.name, detail: { until } });
    return invitation;
  }

  async setPassword(user: StoredUser, password: string, actor: Actor): Promise<void> {
    const { users, sessions, passwords, actions } = this.#deps;
    requireStrong(password, user.name);
    await users.change(user.id, { passwordHash: await passwords.hash(password) }, () => true);
    await sessions.removeOf(user.id);
    await actions.record(actor, { action: 'user.password', target: user.name });
  }

  /**
   * The user whose invitation it was. Sessions end. Throws AppError('not-found') for a secret that is none, was used or has run out,
   * and 'usage' for a weak password, after which the secret can be used again.
   */
  async acceptInvitation(
    { secret, password }: { secret: string; password: string },
    from: Pick<Actor, 'via' | 'address'>,
  ): Promise<StoredUser> {
    const { users, sessions, passwords, actions, clock } = this.#deps;
    const hash = hashOf(secret);
    const user = isSecret(secret) ? await users.findByInvite(hash) : null;
    const isValid = user?.inviteUntil != null && user.inviteUntil > clock() && user.disabledAt === null;
    if (user === null || !isValid) throw noInvitation();
    requireStrong(password, user.name);
    if (!(await users.takeInvite(hash, await passwords.hash(password), clock()))) throw noInvitation();
    await sessions.removeOf(user.id);
    const detail = { by: 'invitation' };
    await actions.record({ name: user.name, ...from }, { action: 'user.password', target: user.name, detail });
    return this.get(user.id);
  }

  async #invite(id: string): Promise<Invitation> {
    const { users, clock } = this.#deps;
    const secret = newSecret();
    const until = new Date(clock().getTime() + INVITE_MS);
    await users.setInvite(id, { inviteHash: hashOf(secret), inviteUntil: until });
    return { secret, until };
  }

  async #change({ id, name }: StoredUser, change: UserChange): Promise<void> {
    if (!(await this.#deps.users.change(id, change, keepsAdmin))) throw lastAdmin(name);
  }
}

/** Where nobody is one, because all users come from an identity provider, there is none to keep. */
function keepsAdmin(after: readonly StoredUser[], before: readonly StoredUser[]): boolean {
  return hasAdmin(after) || !hasAdmin(before);
}

function hasAdmin(users: readonly StoredUser[]): boolean {
  return users.some(({ role, disabledAt }) => role === 'admin' && disabledAt === null);
}

function lastAdmin(name: string): AppError {
  return new AppError('configuration', `${name} is the last admin`, {
    hint: 'make somebody else an admin first: rollcall users update NAME --role admin',
  });
}

function noInvitation(): AppError {
  return new AppError('not-found', 'this link is not valid: it was used, was replaced or has run out', {
    hint: 'ask for another one: rollcall users invite NAME',
  });
}
