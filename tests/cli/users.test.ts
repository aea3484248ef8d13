import os from 'node:os';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { openPeople } from '../../src/app/open-people.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { storedBytes } from '../helpers/postgres.ts';
import { openWorld, type World } from '../helpers/world.ts';

let world: World;
const me = os.userInfo().username;

beforeAll(async () => {
  world = await openWorld();
  await world.rollcall('discover-all');
});

/** With a password on standard input. */
const piped = (line: string, password: string) =>
  world.rollcall(line, { io: { input: () => Promise.resolve(`${password}\n`) } });

describe('users add', () => {
  it('makes the first one an admin, and prints the link once', async () => {
    const ran = await world.rollcall('users add Alice --url https://rollcall.example.com/base/ --utc');
    expect(ran).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^https:\/\/rollcall\.example\.com\/base\/invite\/[\w-]{43}\n$/),
      stderr: [
        'added alice as admin',
        'open this once, until 2026-11-22 10:00:00, to set the password; it is not shown again:',
        '',
      ].join('\n'),
    });
    const secret = ran.stdout.trim().split('/').at(-1) ?? '';
    for (const line of ['users list -o json', 'users show alice', 'users log -o json']) {
      expect((await world.rollcall(line)).stdout).not.toContain(secret);
    }
    expect(await storedBytes(world.database)).not.toContain(secret);
  });

  it('takes a password from a pipe, never from a terminal, and says no word of it', async () => {
    const ran = await piped(
      'users add bob --role operator --provider lab --tag shop --password-stdin',
      'aaaaaaaaaaaaaaaa',
    );
    expect(ran).toMatchObject({ status: 2, stderr: expect.stringContaining('the password has the name of the user') });
    const second = await piped(
      'users add bob --role operator --provider lab --tag shop --password-stdin',
      'a long pass word',
    );
    expect(second).toEqual({ status: 0, stdout: '', stderr: 'added bob as operator\n' });
    for (const [format, line] of [
      ['name', /^dan\n$/],
      ['csv', /^name,.*\ndan,.*,viewer,everything,active,/],
      ['yaml', /^name: dan$/m],
      ['json', /"name": "dan"/],
    ] as const) {
      const printed = await piped(`users add dan --password-stdin -o ${format}`, 'a long pass word');
      expect(printed).toMatchObject({ status: 0, stdout: expect.stringMatching(line) });
      await world.rollcall('users remove dan --yes');
    }
    expect(await world.rollcall('users add carl --password-stdin')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--password-stdin reads the password from a pipe or a file'),
    });
    expect(await storedBytes(world.database)).not.toContain('a long pass word');
  }, 20_000);

  it.each([
    ['users add alice', 2, 'there is a user alice already'],
    ['users add dora --url rollcall.example.com', 2, "'rollcall.example.com' is not the address of a server"],
    ['users add dora --provider nope', 1, 'nope'],
    ['users add local', 2, "'local' cannot be the name of a user"],
    ['users show alcie', 1, 'did you mean alice?'],
    ['users disable alice', 2, 'alice is the last admin'],
    ['users list --provider lab', 2, 'users list takes no --provider'],
    ['users update bob', 2, 'nothing to change'],
    ['users remove bob', 2, 'rollcall users remove bob --yes'],
  ])('%s ends with %i: %s', async (line, status, message) => {
    const ran = await world.rollcall(line);
    expect([ran.status, ran.stdout]).toEqual([status, '']);
    expect(ran.stderr).toContain(message);
    expect((await world.rollcall('users list -o name')).stdout).toBe('alice\nbob\n');
  });
});

describe('users', () => {
  it('are listed and shown, with the names of their providers', async () => {
    expect((await world.rollcall('users list')).stdout.split('\n')).toEqual([
      'NAME   ROLE      SEES           STATE    LAST LOGIN',
      'alice  admin     everything     invited  never',
      'bob    operator  lab; tag shop  active   never',
      '',
    ]);
    expect((await world.rollcall('users show bob --utc')).stdout.split('\n')).toEqual([
      'name        bob',
      'role        operator',
      'sees        lab; tag shop',
      'state       active',
      'login by    password',
      'last login  never',
      `added       2026-11-21 10:00:00 by ${me}`,
      '',
    ]);
    const connection = await openDatabase(world.databaseUrl);
    const { sessions } = openPeople(connection, { clock: () => world.clock.now(), newId: () => 'login' });
    await sessions.login({ name: 'bob', password: 'a long pass word', address: '192.0.2.7' });
    await connection.close();
    expect((await world.rollcall('users show bob --utc')).stdout).toContain(
      'session     from 192.0.2.7, used 2026-11-21 10:00:00, until 2026-11-21 22:00:00\n',
    );
    const { json } = await world.rollcall('users show bob -o json');
    expect(Object.keys((json as { sessions: object[] }).sessions[0] ?? {})).toEqual([
      'address',
      'createdAt',
      'lastUsedAt',
      'expiresAt',
    ]);
    const [alice] = (await world.rollcall('users list -o json')).rows;
    expect(alice).toEqual({
      id: expect.any(String),
      name: 'alice',
      displayName: null,
      role: 'admin',
      scope: null,
      accountKey: null,
      issuer: null,
      inviteUntil: '2026-11-22T10:00:00.000Z',
      createdAt: '2026-11-21T10:00:00.000Z',
      createdBy: me,
      disabledAt: null,
      lastLoginAt: null,
      hasPassword: false,
      state: 'invited',
    });
  });

  it('are changed, disabled, enabled, invited and removed, and all of it is recorded', async () => {
    const notes: string[] = [];
    for (const line of [
      'users update bob --role viewer --display-name Bob --everything',
      'users disable bob',
      'users enable bob',
    ]) {
      world.clock.advance(60_000);
      notes.push((await world.rollcall(line)).stderr);
    }
    expect(notes).toEqual(['updated bob\n', 'disabled bob\n', 'enabled bob\n']);
    world.clock.advance(60_000);
    const invited = await world.rollcall('users invite bob -o json');
    expect(invited.json).toMatchObject({ name: 'bob', role: 'viewer', scope: null, displayName: 'Bob' });
    expect(invited.json).toMatchObject({ invitation: expect.stringMatching(/^\/invite\/[\w-]{43}$/) });
    world.clock.advance(60_000);
    expect((await world.rollcall('users remove bob --yes')).stderr).toBe('removed bob\n');
    const who = me.padEnd(Math.max(3, me.length));
    const log = await world.rollcall('users log --limit 5 --utc');
    expect(log.stdout.split('\n').slice(1)).toEqual([
      `2026-11-21 10:05:00  ${who}  cli  user.remove   bob   done`,
      `2026-11-21 10:04:00  ${who}  cli  user.invite   bob   done`,
      `2026-11-21 10:03:00  ${who}  cli  user.enable   bob   done`,
      `2026-11-21 10:02:00  ${who}  cli  user.disable  bob   done`,
      `2026-11-21 10:01:00  ${who}  cli  user.update   bob   done`,
      '',
    ]);
  });
});

describe('tokens', () => {
  it('are printed once, alone on standard output, and expire', async () => {
    const ran = await world.rollcall('tokens add alice --name ci --role viewer --expires 30d --pool shop --utc');
    expect(ran).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^rollcall_[\w-]{43}\n$/),
      stderr: 'this token of alice (viewer) counts until 2026-12-21 10:05:00; it is not shown again:\n',
    });
    expect(await storedBytes(world.database)).not.toContain(ran.stdout.trim());
    expect((await world.rollcall('tokens list --utc')).stdout.split('\n')).toEqual([
      'USER   NAME  ROLE    SEES       STATE   EXPIRES              LAST USED',
      'alice  ci    viewer  pool shop  active  2026-12-21 10:05:00  never',
      '',
    ]);
    expect((await world.rollcall('tokens list alice -o json')).stdout).not.toContain('hash');
    world.clock.advance(31 * 86_400_000);
    expect((await world.rollcall('tokens list -o json')).rows).toMatchObject([{ user: 'alice', state: 'expired' }]);
  });

  it('that do not expire say so, as JSON with the secret, and are revoked', async () => {
    const { json } = await world.rollcall('tokens add alice --name cron --expires never -o json');
    expect(json).toMatchObject({ name: 'cron', user: 'alice', role: 'admin', expiresAt: null, state: 'active' });
    expect(json).toMatchObject({ secret: expect.stringMatching(/^rollcall_/) });
    expect((await world.rollcall('tokens revoke alice cron')).stderr).toBe('revoked cron of alice\n');
    expect(await world.rollcall('tokens revoke alice nope')).toMatchObject({ status: 1, stdout: '' });
    expect(await world.rollcall('tokens add alice --name x --expires soon')).toMatchObject({ status: 2, stdout: '' });
    expect((await world.rollcall('tokens list -o json')).rows.map(({ state }) => state)).toEqual([
      'expired',
      'revoked',
    ]);
  });
});

it('what commands change of providers is recorded beside what is changed of users', async () => {
  const connection = '--endpoint https://127.0.0.1:1 --fingerprint AA --token-id a@pve!b --secret env:S --no-check';
  const fingerprint = Array.from({ length: 32 }, () => 'AA').join(':');
  for (const line of [
    `providers add second ${connection.replace('AA', fingerprint)}`,
    'providers update second --interval 10m --rename third',
    'providers disable third',
    'providers enable third',
    'providers remove third --yes',
  ]) {
    world.clock.advance(60_000);
    expect(await world.rollcall(line)).toMatchObject({ status: 0 });
  }
  const { rows } = await world.rollcall(`users log ${me.toUpperCase()} --limit 5 -o json`);
  expect(rows.map(({ actor, via, action, target, detail }) => [actor, via, action, target, detail])).toEqual([
    [me, 'cli', 'provider.remove', 'third', null],
    [me, 'cli', 'provider.enable', 'third', null],
    [me, 'cli', 'provider.disable', 'third', null],
    [me, 'cli', 'provider.change', 'second', { fields: expect.arrayContaining(['discoverInterval', 'name']) }],
    [me, 'cli', 'provider.add', 'second', { endpoints: ['https://127.0.0.1:1'] }],
  ]);
});

describe('a customer', () => {
  it('is added with an account only, and has none as anything else', async () => {
    const line = 'users add kim --role customer --password-stdin';
    expect(await piped(line, 'a long pass word')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('kim would be a customer without an account'),
    });
    expect(await piped('users add kim --account whmcs:42 --password-stdin', 'a long pass word')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('only a customer has an account'),
    });
    expect(await piped(`${line} --account Nobody`, 'a long pass word')).toMatchObject({
      stderr: expect.stringContaining('there is no account Nobody'),
    });
    expect(await piped(`${line} --account whmcs:42`, 'a long pass word')).toMatchObject({
      status: 0,
      stderr: 'added kim as customer\n',
    });
    const shown = async () => JSON.parse((await world.rollcall('users show kim -o json')).stdout);
    expect(await shown()).toMatchObject({ role: 'customer', accountKey: 'whmcs:42' });
    expect(await world.rollcall('tokens add kim --name wide --role viewer')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('kim is customer, and a token may not be viewer'),
    });
    await world.rollcall('users update kim --account whmcs:43');
    expect(await shown()).toMatchObject({ role: 'customer', accountKey: 'whmcs:43' });
    await world.rollcall('users update kim --role viewer');
    expect(await shown()).toMatchObject({ role: 'viewer', accountKey: null });
    expect(await world.rollcall('users update kim --role customer')).toMatchObject({ status: 2 });
  });
});
