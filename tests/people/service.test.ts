import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openPeople } from '../../src/app/open-people.ts';
import type { Connection } from '../../src/repositories/db/connection.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { UserRepository } from '../../src/repositories/people/user-repository.ts';
import { Passwords } from '../../src/services/people/passwords.ts';
import type { PeopleService } from '../../src/services/people/people-service.ts';
import { hashOf } from '../../src/services/people/secrets.ts';
import type { UserEdit } from '../../src/services/people/user-service.ts';
import { AppError } from '../../src/types/errors.ts';
import type { Actor, StoredUser } from '../../src/types/people.ts';
import type { Principal } from '../../src/types/principal.ts';
import { databaseAt, storedBytes } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PASSWORD = 'a very long password';
const ACTOR: Actor = { name: 'root', via: 'cli', address: null };

const file = path.join(tempDir(), 'rollcall.db');
let connection: Connection;
let people: PeopleService;
let passwords: Passwords;
let nowMs = Date.parse('2026-11-21T10:00:00Z');
let ids = 0;

beforeAll(async () => {
  connection = await openDatabase(await databaseAt(file));
});
afterAll(() => connection.close());

beforeEach(async () => {
  passwords = new Passwords({ log2N: 4, r: 8, p: 1 });
  const machine = { clock: () => new Date(nowMs), newId: () => `id${String(++ids).padStart(14, '0')}` };
  people = openPeople(connection, machine, { passwords });
  for (const table of ['users', 'login_delays', 'action_records']) {
    await connection.writer.transaction((tx) => tx.execute(`DELETE FROM "${table}"`));
  }
});

async function addUser(name: string, role: 'viewer' | 'operator' | 'admin' = 'admin'): Promise<StoredUser> {
  return (await people.users.add({ name, role, password: PASSWORD }, ACTOR)).user;
}

const login = (name: string, password = PASSWORD, address = '192.0.2.1') =>
  people.sessions.login({ name, password, address });

async function loggedIn(name: string): Promise<{ secret: string; principal: Principal }> {
  const outcome = await login(name);
  if (outcome.kind !== 'in') throw new Error(`the login ended as ${outcome.kind}`);
  return outcome;
}

const actions = async () => {
  const all = await people.actions.list({ take: 100 });
  return all.map(({ actor, action, target, outcome }) => [actor, action, target, outcome].join(' ')).toReversed();
};

describe('users', () => {
  it('begin with an admin, who sets a password by a link that counts once and for a day', async () => {
    const { user, invitation } = await people.users.add({ name: 'Alice@Example.com' }, ACTOR);
    expect(user).toMatchObject({ name: 'alice@example.com', role: 'admin', passwordHash: null, createdBy: 'root' });
    expect(invitation).toEqual({ secret: expect.stringMatching(/^[\w-]{43}$/), until: new Date(nowMs + 24 * HOUR) });
    const secret = invitation.secret;
    const from = { via: 'web', address: '192.0.2.1' } as const;
    const accept = (password: string) => people.users.acceptInvitation({ secret, password }, from);
    await expect(accept('short')).rejects.toMatchObject({ code: 'usage' });
    expect(await storedBytes(file)).not.toContain(secret);
    // At the same time: one of them takes it.
    const both = await Promise.allSettled([accept(PASSWORD), accept(PASSWORD)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(accept(PASSWORD)).rejects.toMatchObject({ code: 'not-found' });
    expect(await login('ALICE@example.com')).toMatchObject({ kind: 'in' });
    expect(await storedBytes(file)).not.toContain(PASSWORD);
    expect(await actions()).toEqual([
      'root user.add alice@example.com done',
      'alice@example.com user.password alice@example.com done',
      'alice@example.com login  done',
    ]);
  });

  it('take no link that has run out, was replaced, or is of somebody who is disabled', async () => {
    await addUser('root-admin');
    const { user, invitation: first } = await people.users.add({ name: 'bob' }, ACTOR);
    const second = await people.users.invite(user, ACTOR);
    const from = { via: 'web', address: null } as const;
    const accept = (secret = '') => people.users.acceptInvitation({ secret, password: PASSWORD }, from);
    await expect(accept(first.secret)).rejects.toMatchObject({ code: 'not-found' });
    await people.users.change(user, { isDisabled: true }, ACTOR);
    await expect(accept(second.secret)).rejects.toMatchObject({ code: 'not-found' });
    await people.users.change(user, { isDisabled: false }, ACTOR);
    const third = await people.users.invite(user, ACTOR);
    nowMs += 24 * HOUR;
    await expect(accept(third.secret)).rejects.toMatchObject({ code: 'not-found' });
    expect(passwords.count).toBe(1);
  });

  it('take no link that has run out while the password was hashed', async () => {
    await addUser('root-admin');
    const users = new UserRepository(connection);
    const { invitation } = await people.users.add({ name: 'bob' }, ACTOR);
    const take = (now: Date) => users.takeInvite(hashOf(invitation.secret), 'x', now);
    expect(await take(invitation.until)).toBe(false);
    const bob = await people.users.get('bob');
    await people.users.change(bob, { isDisabled: true }, ACTOR);
    expect(await take(new Date(nowMs))).toBe(false);
    await people.users.change(bob, { isDisabled: false }, ACTOR);
    const { secret } = await people.users.invite(bob, ACTOR);
    expect(await users.takeInvite(hashOf(secret), 'x', new Date(nowMs))).toBe(true);
  });

  it.each([{ password: 'another long password' }, { isDisabled: true }])(
    'take no link from before %j',
    async (edit) => {
      await addUser('root-admin');
      const { user, invitation } = await people.users.add({ name: 'bob' }, ACTOR);
      await people.users.change(user, edit, ACTOR);
      expect((await people.users.change(user, { isDisabled: false }, ACTOR)).inviteUntil).toBe(null);
      const accepted = { secret: invitation.secret, password: PASSWORD };
      await expect(people.users.acceptInvitation(accepted, { via: 'web', address: null })).rejects.toMatchObject({
        code: 'not-found',
      });
    },
  );

  it('are changed as a whole or not at all', async () => {
    const alice = await addUser('alice');
    const change = (edit: UserEdit) => people.users.change(alice, edit, ACTOR);
    await expect(change({ displayName: 'A', password: 'short' })).rejects.toMatchObject({ code: 'usage' });
    await expect(change({ password: 'another long password', role: 'viewer' })).rejects.toThrow('the last admin');
    await expect(change({ displayName: 'A', isDisabled: true })).rejects.toThrow('the last admin');
    expect(await people.users.get('alice')).toEqual(alice);
    expect(await actions()).toEqual(['root user.add alice done']);
  });

  it('have distinct names that can be typed, and the first is an admin', async () => {
    await expect(people.users.add({ name: 'eve', role: 'viewer' }, ACTOR)).rejects.toThrow(
      'the first user is an admin',
    );
    await addUser('alice');
    await expect(addUser('ALICE')).rejects.toThrow('there is a user alice already');
    for (const name of ['local', 'a b', '-x', '', 'ä', `a\n`]) {
      await expect(addUser(name)).rejects.toMatchObject({ code: 'usage' });
    }
    await expect(people.users.get('alise')).rejects.toMatchObject({
      hint: expect.stringContaining('did you mean alice?'),
    });
  });

  it('always have an admin who can log in, unless there is nobody left', async () => {
    const alice = await addUser('alice');
    const bob = await addUser('bob');
    const tries = await Promise.allSettled([
      people.users.change(alice, { role: 'viewer' }, ACTOR),
      people.users.change(bob, { role: 'operator' }, ACTOR),
    ]);
    expect(tries.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const [last] = (await people.users.list()).filter(({ role }) => role === 'admin');
    const [other] = (await people.users.list()).filter(({ role }) => role !== 'admin');
    if (!last || !other) throw new Error('there is nobody');
    await expect(people.users.change(last, { isDisabled: true }, ACTOR)).rejects.toThrow(
      `${last.name} is the last admin`,
    );
    await expect(people.users.remove(last, ACTOR)).rejects.toMatchObject({ code: 'configuration' });
    await people.users.remove(other, ACTOR);
    await people.users.remove(last, ACTOR);
    expect(await people.local()).toMatchObject({ name: 'local', role: 'viewer', via: 'local' });
  });

  it('keep a scope, and what is not changed', async () => {
    await addUser('alice');
    const scope = { providers: ['p1'], pools: [], tags: ['prod'] };
    const { user } = await people.users.add({ name: 'bob', displayName: 'Bob', scope }, ACTOR);
    expect(user).toMatchObject({ scope, displayName: 'Bob', role: 'viewer' });
    expect(await people.users.change(user, { role: 'operator' }, ACTOR)).toMatchObject({ scope, displayName: 'Bob' });
    const everything = await people.users.change(user, { scope: null, displayName: null }, ACTOR);
    expect(everything).toMatchObject({ scope: null, displayName: null, role: 'operator' });
  });
});

describe('a session', () => {
  it('lasts while it is used, and a week at most', async () => {
    await addUser('alice');
    const { secret, principal } = await loggedIn('alice');
    expect(principal).toMatchObject({ name: 'alice', role: 'admin', via: 'session' });
    const expiresIn = async () => {
      const found = await people.principalOf({ cookie: secret });
      return found?.expiresAt == null ? null : (found.expiresAt.getTime() - nowMs) / HOUR;
    };
    nowMs += 11 * HOUR;
    expect(await expiresIn()).toBe(12);
    for (let i = 0; i < 13; i++) {
      nowMs += 11 * HOUR;
      expect(await expiresIn()).not.toBe(null);
    }
    expect(await expiresIn()).toBe(12);
    nowMs += 11 * HOUR;
    expect(await expiresIn()).toBe(3);
    nowMs += 3 * HOUR;
    expect(await expiresIn()).toBe(null);
    const idle = await loggedIn('alice');
    nowMs += 12 * HOUR;
    expect(await people.principalOf({ cookie: idle.secret })).toBe(null);
  });

  it('is written once a minute at most, and by nobody who only looks', async () => {
    await addUser('alice');
    const { secret, principal } = await loggedIn('alice');
    const before = connection.statementCount();
    nowMs += MINUTE - 1;
    await people.principalOf({ cookie: secret });
    expect(connection.statementCount() - before).toBe(2);
    nowMs += 1;
    expect(await people.validate(principal)).toBe(true);
    expect(connection.statementCount() - before).toBe(4);
    await people.principalOf({ cookie: secret });
    expect(connection.statementCount() - before).toBeGreaterThan(6);
  });

  it('is kept as a hash, has a new secret at each login, and is no token', async () => {
    await addUser('alice');
    const [one, two] = [await loggedIn('alice'), await loggedIn('alice')];
    expect(one.secret).not.toBe(two.secret);
    expect(await storedBytes(file)).not.toContain(one.secret);
    expect(await people.principalOf({ bearer: one.secret })).toBe(null);
    expect(await people.principalOf({ cookie: one.principal.credentialId ?? '' })).toBe(null);
    await people.sessions.logout(one.principal, null);
    expect(await people.principalOf({ cookie: one.secret })).toBe(null);
    expect(await people.validate(one.principal)).toBe(false);
    expect(await people.validate(two.principal)).toBe(true);
  });

  const ends: readonly [string, (user: StoredUser) => Promise<unknown>][] = [
    ['the role changes', (user) => people.users.change(user, { role: 'viewer' }, ACTOR)],
    [
      'the scope changes',
      (user) => people.users.change(user, { scope: { providers: [], pools: ['a'], tags: [] } }, ACTOR),
    ],
    ['the password changes', (user) => people.users.change(user, { password: 'another long password' }, ACTOR)],
    ['the user is disabled', (user) => people.users.change(user, { isDisabled: true }, ACTOR)],
    ['the user is removed', (user) => people.users.remove(user, ACTOR)],
  ];
  it('stays when role and scope are set to what they were', async () => {
    const alice = await addUser('alice');
    const { principal } = await loggedIn('alice');
    await people.users.change(alice, { role: 'admin', scope: null, displayName: 'Alice' }, ACTOR);
    expect(await people.validate(principal)).toBe(true);
  });

  it.each(ends)('ends when %s', async (_when, change) => {
    await addUser('alice');
    const bob = await addUser('bob', 'operator');
    const { secret, principal } = await loggedIn('bob');
    await change(bob);
    expect(await people.validate(principal)).toBe(false);
    expect(await people.principalOf({ cookie: secret })).toBe(null);
  });
});

it('refuses a session that was opened while its user was disabled', async () => {
  const alice = await addUser('alice');
  const { secret, principal } = await loggedIn('alice');
  // What disables a user also removes the sessions that it finds.
  await new UserRepository(connection).change(alice.id, { disabledAt: new Date(nowMs) }, () => true);
  expect(await people.principalOf({ cookie: secret })).toBe(null);
  expect(await people.validate(principal)).toBe(false);
});

describe('a token', () => {
  it('is told once, kept as a hash, and counts until it expires or is revoked', async () => {
    const alice = await addUser('alice');
    const add = (name: string) =>
      people.tokens.add(alice, { name, role: 'operator', expiresAt: new Date(nowMs + HOUR) }, ACTOR);
    const [ci, cron] = [await add('ci'), await add('cron')];
    expect(ci.secret).toMatch(/^rollcall_[\w-]{43}$/);
    expect(await storedBytes(file)).not.toContain(ci.secret);
    const bearer = (made: { secret: string }) => people.principalOf({ bearer: made.secret });
    const principal = await bearer(ci);
    expect(principal).toMatchObject({ name: 'alice', role: 'operator', via: 'token', credentialId: ci.token.id });
    expect((await people.tokens.get(alice, 'ci')).lastUsedAt).toEqual(new Date(nowMs));
    await people.tokens.revoke(alice, ci.token, ACTOR);
    await people.tokens.revoke(alice, ci.token, ACTOR);
    expect(await bearer(ci)).toBe(null);
    expect(principal && (await people.validate(principal))).toBe(false);
    expect(await bearer(cron)).not.toBe(null);
    nowMs += HOUR;
    expect(await bearer(cron)).toBe(null);
    expect((await actions()).filter((line) => line.includes('token'))).toEqual([
      'root token.add alice/ci done',
      'root token.add alice/cron done',
      'root token.revoke alice/ci done',
    ]);
  });

  it('may and sees no more than its user, now or later', async () => {
    await addUser('alice');
    const scope = { providers: ['p1', 'p2'], pools: [], tags: [] };
    const { user: bob } = await people.users.add({ name: 'bob', role: 'operator', scope }, ACTOR);
    const add = (draft: object) => people.tokens.add(bob, { name: 'x', expiresAt: null, ...draft }, ACTOR);
    await expect(add({ role: 'admin' })).rejects.toThrow('bob is operator, and a token may not be admin');
    await expect(add({ scope: { ...scope, providers: ['p3'] } })).rejects.toThrow('a token may not see more than bob');
    await expect(add({ expiresAt: new Date(nowMs) })).rejects.toThrow('expired already');
    await expect(add({ name: 'a b' })).rejects.toMatchObject({ code: 'usage' });
    const { secret } = await add({ scope: { ...scope, providers: ['p1'] } });
    await expect(add({})).rejects.toThrow('bob has a token x already');
    const now = () => people.principalOf({ bearer: secret });
    const before = await now();
    await people.users.change(bob, { role: 'viewer' }, ACTOR);
    expect(before && (await people.validate(before))).toBe(false);
    await people.users.change(bob, { role: 'operator', scope: { ...scope, providers: ['p2'] } }, ACTOR);
    expect(before && (await people.validate(before))).toBe(false);
    await people.users.change(bob, { scope }, ACTOR);
    expect(before && (await people.validate(before))).toBe(true);
    expect(await now()).toMatchObject({ role: 'operator', scope: { providers: ['p1'] } });
    await people.users.change(bob, { role: 'viewer', scope: { ...scope, providers: ['p2'] } }, ACTOR);
    expect(await now()).toMatchObject({ role: 'viewer', scope: { providers: ['-'] } });
    await people.users.change(bob, { isDisabled: true }, ACTOR);
    expect(await now()).toBe(null);
  });
});

describe('a login', () => {
  it('costs as much for an unknown name as for a wrong password, and records no name that nobody has', async () => {
    await addUser('alice');
    passwords.count = 0;
    expect(await login('alice', 'wrong')).toEqual({ kind: 'wrong' });
    expect(await login('hunter2', 'alice')).toEqual({ kind: 'wrong' });
    expect(await login('not a name', 'alice')).toEqual({ kind: 'wrong' });
    expect(passwords.count).toBe(3);
    expect((await actions()).slice(1)).toEqual([
      'alice login  refused',
      'unknown login  refused',
      'unknown login  refused',
    ]);
  });

  it('of somebody who is disabled or has no password is wrong like any other', async () => {
    const alice = await addUser('alice');
    await addUser('bob');
    await people.users.change(alice, { isDisabled: true }, ACTOR);
    await people.users.add({ name: 'carol' }, ACTOR);
    passwords.count = 0;
    expect([await login('alice'), await login('carol'), await login('carol', '')]).toEqual(
      Array.from({ length: 3 }, () => ({ kind: 'wrong' })),
    );
    expect(passwords.count).toBe(3);
  });

  it('waits longer after each failure, and not at all after one that succeeded', async () => {
    await addUser('alice');
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 12; attempt++) {
      const outcome = await login('alice', 'wrong');
      if (outcome.kind !== 'wait') continue;
      waits.push((outcome.until.getTime() - nowMs) / 1000);
      nowMs = outcome.until.getTime();
    }
    expect(waits).toEqual([1, 2, 4, 8]);
    nowMs += 16_000;
    expect(await login('alice')).toMatchObject({ kind: 'in' });
    for (const kind of ['wrong', 'wrong', 'wrong']) expect(await login('alice', 'x')).toEqual({ kind });
  });

  it('does not look at the password while it waits, and counts those that come at the same time', async () => {
    await addUser('alice');
    passwords.count = 0;
    const all = await Promise.all(Array.from({ length: 30 }, () => login('alice', 'wrong')));
    expect(all.filter(({ kind }) => kind === 'wrong')).toHaveLength(4);
    expect(passwords.count).toBe(4);
    expect(await login('alice')).toEqual({ kind: 'wait', until: new Date(nowMs + 1000) });
    expect(passwords.count).toBe(4);
  });

  it('that comes when too many log in is tried later, and counts as no failure', async () => {
    await addUser('alice');
    for (let i = 0; i < 3; i++) await login('alice', 'wrong');
    const isRight = jest.spyOn(passwords, 'isRight');
    isRight.mockRejectedValue(new AppError('limit', 'too many logins at the same time', { retryable: true }));
    for (let i = 0; i < 12; i++) await expect(login('alice')).rejects.toMatchObject({ code: 'limit' });
    isRight.mockRestore();
    expect(await login('alice', 'wrong')).toEqual({ kind: 'wrong' });
    expect(await login('alice')).toEqual({ kind: 'wait', until: new Date(nowMs + 1000) });
  });

  it('from an address that failed often waits too, whatever the account, and others do not', async () => {
    await addUser('alice');
    for (let i = 0; i < 11; i++) await login(`guess${i}`, 'wrong', '2001:db8::1');
    expect(await login('alice', PASSWORD, '2001:db8::2')).toMatchObject({ kind: 'wait' });
    expect(await login('alice', PASSWORD, '2001:db8:0:1::2')).toMatchObject({ kind: 'in' });
    nowMs += 1000;
    expect(await login('alice', PASSWORD, '2001:db8::2')).toMatchObject({ kind: 'in' });
    // The login that succeeded took one failure away and forgave the account alone.
    await login('guess', 'wrong', '2001:db8::1');
    expect(await login('alice', PASSWORD, '2001:db8::1')).toMatchObject({ kind: 'wait' });
    nowMs += 25 * HOUR;
    await login('guess', 'wrong', '2001:db8::1');
    expect(await login('alice', PASSWORD, '2001:db8::1')).toMatchObject({ kind: 'in' });
  });
});

it('finds what somebody did under the name in upper or lower case', async () => {
  await people.actions.record({ ...ACTOR, name: 'Root' }, { action: 'user.add', target: 'alice' });
  await people.actions.record({ ...ACTOR, name: 'root2' }, { action: 'user.add', target: 'bob' });
  for (const actor of ['root', 'ROOT']) {
    expect(await people.actions.list({ take: 9, actor })).toMatchObject([{ actor: 'Root', target: 'alice' }]);
  }
});

describe('a login by an identity provider', () => {
  const identity = {
    issuer: 'https://id.example',
    subject: 'sub-1',
    name: 'Carol',
    displayName: 'Carol C.',
    role: 'operator',
  } as const;

  it('makes the user once, and takes the role anew each time', async () => {
    const first = await people.sessions.loginExternally(identity, '192.0.2.1');
    expect(first.principal).toMatchObject({ name: 'carol', role: 'operator', via: 'session' });
    const second = await people.sessions.loginExternally({ ...identity, role: 'viewer', name: 'renamed' }, '192.0.2.1');
    expect(second.principal).toMatchObject({ name: 'carol', role: 'viewer', userId: first.principal.userId });
    expect(await people.validate(first.principal)).toBe(false);
    expect(await people.users.list()).toHaveLength(1);
    expect(await login('carol')).toEqual({ kind: 'wrong' });
  });

  it('may be all that there is: without an admin there is none to keep', async () => {
    await people.sessions.loginExternally(identity, 'x');
    const carol = await people.users.get('carol');
    expect(await people.users.change(carol, { role: 'viewer' }, ACTOR)).toMatchObject({ role: 'viewer' });
    await people.users.change(carol, { isDisabled: true }, ACTOR);
    await addUser('alice');
    await expect(people.users.remove(await people.users.get('alice'), ACTOR)).rejects.toThrow(
      'alice is the last admin',
    );
  });

  it('never takes over a user of the same name, and lets nobody in who is disabled', async () => {
    await addUser('carol');
    await expect(people.sessions.loginExternally(identity, 'x')).rejects.toThrow('there is another user carol already');
    const other = { ...identity, name: 'dave' };
    await people.sessions.loginExternally(other, 'x');
    await people.users.change(await people.users.get('dave'), { isDisabled: true }, ACTOR);
    await expect(people.sessions.loginExternally(other, 'x')).rejects.toThrow('dave is disabled');
    await expect(
      people.sessions.loginExternally({ ...identity, subject: '2', name: 'a b' }, 'x'),
    ).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});
