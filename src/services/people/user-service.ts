import type { SessionRepository } from '../../repositories/people/session-repository.ts';
import type { UserChange, UserRepository } from '../../repositories/people/user-repository.ts';
import { nearest } from '../../text/near-names.ts';
import { AppError } from '../../types/errors.ts';
import type { Action, Actor, StoredUser } from '../../types/people.ts';
import type { AccessScope, Role } from '../../types/principal.ts';
import type { ActionLog } from './action-log.ts';
import { type Passwords, requireStrong } from './passwords.ts';
import { isWithin } from './scope.ts';
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
  /** Of a customer, who has to have one: id of an account, or `SYSTEM:VALUE`. */
  accountKey?: string | null | undefined;
  /** By default it is set by an invitation. */
  password?: string | undefined;
}

/** Of somebody who sets the password. */
type InvitedDraft = UserDraft & { password?: never };

/** A one-time secret that sets a password. It is told once, and only its hash is kept. */
export interface Invitation {
  secret: string;
  until: Date;
}

/** Absent: it stays as it is. */
export interface UserEdit extends Pick<UserChange, 'displayName' | 'role' | 'scope' | 'accountKey'> {
  password?: string | undefined;
  isDisabled?: boolean | undefined;
}

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

  /** Throws AppError('usage') for a bad name or password and a customer without an account, and 'configuration' for a name that is taken. */
  async add(draft: InvitedDraft, actor: Actor): Promise<{ user: StoredUser; invitation: Invitation }>;
  async add(draft: UserDraft, actor: Actor): Promise<{ user: StoredUser; invitation: Invitation | null }>;
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
    const { displayName = null, scope = null, accountKey = null, password } = draft;
    requireAccount(name, role, accountKey);
    if (password !== undefined) requireStrong(password, name);
    const passwordHash = password === undefined ? null : await passwords.hash(password);
    const [createdAt, createdBy, id] = [clock(), actor.name, newId()];
    const user = { id, name, displayName, role, scope, accountKey, issuer: null, subject: null, createdAt, createdBy };
    if (!(await users.add({ ...user, passwordHash }))) {
      throw new AppError('configuration', `there is a user ${name} already`, {
        hint: `choose another name, or: rollcall users show ${name}`,
      });
    }
    await actions.record(actor, { action: 'user.add', target: name, detail: { role, scope, accountKey } });
    const invitation = password === undefined ? await this.#invite(id) : null;
    return { user: await this.get(id), invitation };
  }

  /**
   * All of it or nothing. Sessions end if role, scope or account become others, with a new password, and of a user who is disabled; a link that
   * sets a password ends with the latter two. Throws AppError('usage') for a weak password, AppError('configuration') if no admin
   * would be left.
   */
  async change(user: StoredUser, edit: UserEdit, actor: Actor): Promise<StoredUser> {
    const { users, sessions, passwords, actions, clock } = this.#deps;
    const { password, isDisabled, ...shown } = withAccount(user, edit);
    if (password !== undefined) requireStrong(password, user.name);
    const change: UserChange = {
      ...shown,
      ...(password !== undefined && { passwordHash: await passwords.hash(password) }),
      ...(isDisabled !== undefined && { disabledAt: isDisabled ? clock() : null }),
      dropsInvite: password !== undefined || isDisabled === true,
    };
    const before = await users.change(user.id, change, keepsAdmin);
    if (before === null) throw lastAdmin((await this.get(user.id)).name);
    if (endsSessions(before, { ...shown, password, isDisabled })) await sessions.removeOf(user.id);
    for (const action of actionsOf(before, { ...shown, password, isDisabled }))
      await actions.record(actor, { ...action, target: user.name });
    return this.get(user.id);
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
}

/** Who is no customer any more has no account. Throws AppError('usage'). */
function withAccount(user: StoredUser, edit: UserEdit): UserEdit {
  if (edit.role === undefined && edit.accountKey === undefined) return edit;
  const role = edit.role ?? user.role;
  const accountKey = edit.accountKey ?? (role === 'customer' ? user.accountKey : null);
  requireAccount(user.name, role, accountKey);
  return accountKey === user.accountKey ? edit : { ...edit, accountKey };
}

function requireAccount(name: string, role: Role, accountKey: string | null): void {
  if ((role === 'customer') === (accountKey !== null)) return;
  throw role === 'customer'
    ? new AppError('usage', `${name} would be a customer without an account`, {
        hint: 'say whose servers: --account NAME; see `rollcall accounts list`',
      })
    : new AppError('usage', `${name} would be ${role}, and only a customer has an account`, {
        hint: 'add --role customer, or leave out the account',
      });
}

function endsSessions(user: StoredUser, edit: UserEdit): boolean {
  const { role = user.role, scope, accountKey = user.accountKey, password, isDisabled } = edit;
  const isOther =
    role !== user.role || accountKey !== user.accountKey || (scope !== undefined && !isSame(scope, user.scope));
  return isOther || password !== undefined || isDisabled === true;
}

function isSame(one: AccessScope | null, other: AccessScope | null): boolean {
  return isWithin(one, other) && isWithin(other, one);
}

/** Of one change, in the order in which they are told. */
function actionsOf({ disabledAt }: StoredUser, { password, isDisabled, ...shown }: UserEdit): Action[] {
  const isOther = isDisabled !== undefined && isDisabled !== (disabledAt !== null);
  return [
    ...(password === undefined ? [] : [{ action: 'user.password' }]),
    ...(Object.keys(shown).length === 0 ? [] : [{ action: 'user.update', detail: shown }]),
    ...(isOther ? [{ action: isDisabled ? 'user.disable' : 'user.enable' }] : []),
  ];
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
