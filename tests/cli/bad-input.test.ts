import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { EXIT, statusOfError, statusOfResult, worstStatus } from '../../src/cli/exit-status.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { testDatabase } from '../helpers/postgres.ts';
import { openWorld, type Ran, runProgram, type World } from '../helpers/world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
  expect((await world.rollcall('discover-all')).status).toBe(EXIT.done);
  writeFileSync(path.join(world.dir, 'other-ca.pem'), (await makeCertificate()).pem);
});

function failed(status: number, stderr: string, stdout = ''): Ran {
  return expect.objectContaining({ status, stdout, stderr }) as unknown as Ran;
}

describe('a command line that cannot be understood', () => {
  it.each([
    ['lst-vms', "error: unknown command 'lst-vms'\nhint: did you mean list-vms?\n"],
    ['providers ad', "error: unknown command 'ad'\nhint: did you mean add?\n"],
    ['frobnicate', "error: unknown command 'frobnicate'\nhint: see `rollcall --help`\n"],
    ['providers update', "error: missing required argument 'name'\nhint: see `rollcall providers update --help`\n"],
    ['list-vms --statsu x', "error: unknown option '--statsu'\nhint: did you mean --status?\n"],
    ['list-vms --ouptut json', "error: unknown option '--ouptut'\nhint: did you mean --output?\n"],
    [
      'list-vms -o jsn',
      "error: option '-o, --output <format>' argument 'jsn' is invalid. Allowed choices are table, wide, json, yaml, csv, name.\nhint: see `rollcall list-vms --help`\n",
    ],
    ['show-vm', "error: missing required argument 'ref'\nhint: see `rollcall show-vm --help`\n"],
    [
      'list-nodes extra',
      "error: too many arguments for 'list-nodes'. Expected 0 arguments but got 1.\nhint: see `rollcall list-nodes --help`\n",
    ],
    [
      'list-tasks --limit 0',
      "error: option '--limit <count>' argument '0' is invalid. It is a whole number of at least 1.\nhint: see `rollcall list-tasks --help`\n",
    ],
    ['discover-all --timeout soon', "error: 'soon' is not a duration\nhint: write 90s, 5m, 2h, 7d or 2w\n"],
    ['show-vm 100 --diff 2h', 'error: --diff takes two times\nhint: rollcall show-vm 100 --diff 7d now\n'],
    ['show-vm 100 --at 2h --diff 2h now', 'error: --at and --diff exclude each other\nhint: leave out --at\n'],
    ['providers update lab', 'error: nothing to change is given\nhint: see `rollcall providers update --help`\n'],
    ['providers add x --interval 0s', "error: '0s' is too short an interval\nhint: write 5m or 1h\n"],
    [
      'providers remove lab',
      'error: lab has 4 recorded guests, which would no longer be watched\nhint: rollcall providers remove lab --yes\n',
    ],
    [
      'list-vms --at tomorrow',
      'error: \'tomorrow\' is not a time\nhint: write 2h, 7d, 2w, "3 days ago", today, yesterday, monday, "monday 14:30", 2026-11-01, "2026-11-01 14:30" (your time zone) or 2026-11-01T14:30:00Z\n',
    ],
  ])('%s', async (line, stderr) => {
    expect(await world.rollcall(line)).toEqual(failed(EXIT.usage, stderr));
  });

  it('without a command shows the help, on standard error', async () => {
    const ran = await world.rollcall('');
    expect(ran).toMatchObject({ status: EXIT.usage, stdout: '' });
    expect(ran.stderr).toMatch(/^Usage: rollcall <command> \[options\]\n/);
  });
});

describe('what is not there', () => {
  it.each([
    ['list-vms --columns nmae', EXIT.usage, /^error: there is no column 'nmae'\nhint: did you mean name\? columns: /],
    ['list-vms --sort nmae', EXIT.usage, /^error: there is no column 'nmae'\nhint: did you mean name\?/],
    ['show-vm nosuch', EXIT.failed, /^error: .*nosuch.*\nhint: .+\n$/],
    ['show-container 100', EXIT.failed, /^error: .+\nhint: .+\n$/],
    ['show-changes --guest nosuch', EXIT.failed, /^error: .*nosuch.*\nhint: .+\n$/],
    ['providers show lba', EXIT.failed, /^error: there is no provider lba\nhint: did you mean lab\? there are: lab\n$/],
    ['providers update lba --interval 5m', EXIT.failed, /^error: there is no provider lba\n/],
    ['providers remove lba', EXIT.failed, /^error: there is no provider lba\n/],
    ['discover-all --provider lba', EXIT.failed, /^error: there is no provider lba\n/],
  ])('%s', async (line, status, stderr) => {
    expect(await world.rollcall(line)).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(stderr) });
  });
});

describe('a configuration that does not do', () => {
  it('is told with all of its problems', async () => {
    const env = {
      PROXMOX_VE_ENDPOINT: undefined,
      PROXMOX_VE_API_TOKEN: 'root@pam',
      PROXMOX_VE_CA_FILE: '/nowhere/ca.pem',
      DATABASE_URL: `file:${world.dir}/fresh.db`,
    };
    expect(await world.rollcall('discover-all', { env })).toEqual(
      failed(
        EXIT.usage,
        `error: the configuration has 3 problems:
  - no Proxmox VE server is named
    set PROXMOX_VE_ENDPOINT=https://pve.example.com:8006, or store one with \`rollcall providers add\`
  - PROXMOX_VE_API_TOKEN is not an API token
    write it as user@realm!name=secret: PROXMOX_VE_API_TOKEN='rollcall@pve!ro=0000…'
  - PROXMOX_VE_CA_FILE: there is no file /nowhere/ca.pem
    copy /etc/pve/pve-root-ca.pem from a node of the cluster
`,
      ),
    );
  });

  it('is told for `providers add`, and nothing is stored', async () => {
    const ran = await world.rollcall([
      'providers',
      'add',
      'a/b',
      '--endpoint',
      'http://x',
      '--token-id',
      'a@pve!b',
      '--secret',
      'hunter2',
    ]);
    expect(ran.status).toBe(EXIT.usage);
    expect(ran.stderr).toContain('the configuration has 3 problems');
    expect(ran.stderr).not.toContain('hunter2');
    expect((await world.rollcall('providers list -o name')).stdout).toBe('lab\n');
  });
});

describe('a server that cannot be used', () => {
  it('refuses a wrong token: the exact words', async () => {
    const env = { PROXMOX_VE_API_TOKEN: 'root@pam!lab=00000000-0000-0000-0000-000000000000' };
    const ran = await world.rollcall('discover-all', { env });
    expect(ran).toMatchObject({ status: EXIT.denied, stdout: 'lab: failed, nothing recorded\n' });
    expect(ran.stderr).toMatch(/^error: GET \/version.*401.*\nhint: Check that token root@pam!lab exists.*\n$/);
    expect(ran.stderr).not.toContain('00000000-0000');
  });

  it.each([
    ['a port where nobody listens', { PROXMOX_VE_ENDPOINT: 'https://127.0.0.1:1' }, EXIT.unreachable],
    ['a certificate of another CA', { PROXMOX_VE_CA_FILE: 'other-ca.pem' }, EXIT.unreachable],
    [
      'another fingerprint',
      { PROXMOX_VE_CA_FILE: undefined, PROXMOX_VE_FINGERPRINT: 'AB'.repeat(32) },
      EXIT.unreachable,
    ],
    ['a token that sees nothing', { PROXMOX_VE_API_TOKEN: 'NO-RIGHTS' }, EXIT.partial],
  ])('%s: nothing is lost', async (_name, env, status) => {
    const variables: Record<string, string | undefined> = { ...env };
    if (variables['PROXMOX_VE_API_TOKEN']) variables['PROXMOX_VE_API_TOKEN'] = world.lab.noRightsToken;
    const ran = await world.rollcall('discover-all', { env: variables });
    expect(ran).toMatchObject({ status, stderr: expect.stringMatching(/hint: /) });
    expect((await world.rollcall('list-vms -o name')).stdout).toBe('lab/100\nlab/101\nlab/102\n');
    expect((await world.rollcall('verify')).status).toBe(EXIT.done);
  });

  it('is told step by step by `providers test`', async () => {
    const test = (env: Record<string, string | undefined>) => world.rollcall('providers test', { env });
    expect(await test({ PROXMOX_VE_API_TOKEN: world.lab.noRightsToken })).toMatchObject({
      status: EXIT.denied,
      stdout: expect.stringMatching(/FAILED {2}permissions/),
      stderr: expect.stringMatching(/^hint: /),
    });
    expect(await test({ PROXMOX_VE_API_TOKEN: 'a@pve!b=wrong' })).toMatchObject({ status: EXIT.denied });
    expect(await test({ PROXMOX_VE_ENDPOINT: 'https://127.0.0.1:1' })).toMatchObject({ status: EXIT.unreachable });
    const noSecret = await world.rollcall([
      'providers',
      'add',
      'x',
      '--no-check',
      '--endpoint',
      'x',
      '--token-id',
      'a@pve!b',
      '--secret',
      'env:NOT_SET',
    ]);
    expect(noSecret.status).toBe(EXIT.done);
    expect(await world.rollcall('providers test x')).toMatchObject({
      status: EXIT.usage,
      stdout: expect.stringMatching(/FAILED {2}settings {2}the environment variable NOT_SET is not set/),
    });
    await world.rollcall('providers remove x');
  });
});

describe('a database that cannot be used', () => {
  it.each([
    ['another scheme', 'mysql://u:hunter2@h/d', EXIT.usage, /DATABASE_URL is neither/],
    ['a folder', 'file:/', EXIT.failed, /^error: .+\nhint: .+\n$/],
    ['something else', 'SOMETHING', EXIT.failed, /is not a database/],
    ['no server', 'postgresql://u:hunter2@127.0.0.1:1/d', EXIT.failed, /does not answer/],
  ])('%s', async (_name, url, status, stderr) => {
    const file = path.join(world.dir, 'something');
    writeFileSync(file, 'this is no database, but a text that is long enough to be read as its header '.repeat(3));
    const ran = await world.rollcall('list-vms', { env: { DATABASE_URL: url.replace('SOMETHING', `file:${file}`) } });
    expect(ran).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(stderr) });
    expect(ran.stderr).toMatch(/hint: /);
    expect(ran.stderr).not.toContain('hunter2');
  });

  it('that was made by a newer version is left alone', async () => {
    const file = path.join(world.dir, 'newer.db');
    const connection = await openDatabase(`file:${file}`);
    await connection.db.$executeRawUnsafe(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ('x', 'x', '99990101000000_future', 0, 0, 1)`,
    );
    await connection.close();
    const ran = await world.rollcall('discover-all', { env: { DATABASE_URL: `file:${file}` } });
    expect(ran).toMatchObject({ status: EXIT.failed, stdout: '', stderr: expect.stringMatching(/newer[\s\S]*hint: /) });
  });

  it('that does not exist is made, and says what to do next', async () => {
    const file = path.join(world.dir, 'new.db');
    const ran = await world.rollcall('list-vms', { env: { DATABASE_URL: `file:${file}` } });
    expect(ran).toEqual(
      failed(EXIT.done, 'no virtual machines\nnothing has been recorded yet: run `rollcall discover-all`\n'),
    );
    expect(existsSync(file)).toBe(true);
    const status = await world.rollcall('sync-status', { env: { DATABASE_URL: `file:${file}` } });
    expect(status).toMatchObject({
      status: EXIT.done,
      stdout: '',
      stderr: expect.stringMatching(/^nothing is watched yet: /),
    });
  });

  const itAsUser = process.getuid?.() === 0 || testDatabase !== 'sqlite' ? it.skip : it;
  itAsUser('that is read-only can be read, and not be synced to (SQLite only, and not as root)', async () => {
    chmodSync(world.database, 0o444);
    expect(await world.rollcall('list-vms -o name')).toMatchObject({ status: EXIT.done });
    expect(await world.rollcall('discover-all')).toMatchObject({ status: EXIT.failed });
    chmodSync(world.database, 0o600);
  });
});

describe('exit status', () => {
  it.each([
    ['unauthenticated', EXIT.denied],
    ['certificate', EXIT.unreachable],
    ['configuration', EXIT.usage],
    ['interrupted', EXIT.interrupted],
    ['a code of the future', EXIT.failed],
    ['toString', EXIT.failed],
  ])('of %s is %i', (code, status) => expect(statusOfError(code)).toBe(status));

  it('of a result is that of its outcome', () => {
    expect(statusOfResult({ outcome: 'complete' })).toBe(EXIT.done);
    expect(statusOfResult({ outcome: 'partial' })).toBe(EXIT.partial);
    expect(statusOfResult({ outcome: 'guarded' })).toBe(EXIT.guarded);
    expect(statusOfResult({ outcome: 'failed', error: { code: 'timeout', message: '', retryable: true } })).toBe(
      EXIT.unreachable,
    );
    expect(statusOfResult({ outcome: 'failed' })).toBe(EXIT.failed);
  });

  it('of several is the worst', () => {
    expect(worstStatus([])).toBe(EXIT.done);
    expect(worstStatus([EXIT.done, EXIT.partial, EXIT.unreachable])).toBe(EXIT.unreachable);
    expect(worstStatus([EXIT.partial, EXIT.guarded])).toBe(EXIT.guarded);
  });
});

it('a bug says so, with its stack, and can be reported', async () => {
  const ran = await runProgram('list-vms', {
    clock: () => {
      throw new TypeError('no clock');
    },
    env: { DATABASE_URL: world.databaseUrl },
  });
  expect(ran.status).toBe(EXIT.failed);
  expect(ran.stderr).toMatch(
    /^error: this is a bug in Rollcall: TypeError: no clock\n {4}at [\s\S]+\nhint: please report it/,
  );
});

it('--verbose adds the stack of an error', async () => {
  const ran = await world.rollcall('show-vm nosuch --verbose');
  expect(ran.stderr).toMatch(/\nAppError: [\s\S]+ {4}at /);
});
