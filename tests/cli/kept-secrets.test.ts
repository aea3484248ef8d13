import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { childEnvironment } from '../../src/app/config/child-environment.ts';
import type { Keyring } from '../../src/app/machine.ts';
import { EXIT } from '../../src/cli/exit-status.ts';
import type { Ask, Io } from '../../src/cli/output/io.ts';
import { AppError } from '../../src/types/errors.ts';
import { openWorld, type Ran, type World } from '../helpers/world.ts';

const TOKEN_ID = 'root@pam!lab';

interface Terminal {
  world: World;
  secret: string;
  config: string;
  asked: string[];
  entries: Map<string, string>;
  /** With what is typed at the questions, in their order. */
  rollcall: (line: string, typed?: readonly string[], io?: Partial<Io>) => Promise<Ran>;
}

async function openTerminal({ hasKeyring = true } = {}): Promise<Terminal> {
  const world = await openWorld();
  const config = path.join(world.dir, 'config');
  const asked: string[] = [];
  const entries = new Map<string, string>();
  const none = (): AppError => new AppError('configuration', 'no keyring can be used here', { hint: 'use a file' });
  const keyring: Keyring = {
    get: async (service, account) => {
      if (!hasKeyring) throw none();
      return entries.get(`${service}/${account}`) ?? null;
    },
    set: async (service, account, secret) => {
      if (!hasKeyring) throw none();
      entries.set(`${service}/${account}`, secret);
    },
  };
  const env = {
    PROXMOX_VE_ENDPOINT: undefined,
    PROXMOX_VE_API_TOKEN: undefined,
    PROXMOX_VE_NAME: undefined,
    XDG_CONFIG_HOME: config,
  };
  return {
    world,
    config,
    asked,
    entries,
    secret: world.lab.token.slice(world.lab.token.indexOf('=') + 1),
    rollcall: (line, typed, io = {}) =>
      world.rollcall(line, { env, io: { keyring, ...(typed && { ask: typing(typed, asked) }), ...io } }),
  };
}

function typing(typed: readonly string[], asked: string[]): Ask {
  const answers = [...typed];
  const next = async (question: string): Promise<string> => {
    asked.push(question);
    return answers.shift() ?? Promise.reject(new Error(`nothing to answer to: ${question}`));
  };
  return {
    text: next,
    secret: next,
    confirm: async (message) => (await next(message)) === 'yes',
    choose: async (message, choices) => {
      const wanted = await next(`${message}: ${choices.map(({ value }) => value).join(' | ')}`);
      const found = choices.find(({ value }) => value.startsWith(wanted));
      if (found === undefined) throw new Error(`there is no choice ${wanted}`);
      return found.value;
    },
  };
}

function addLine({ world }: Terminal, rest = `--token-id ${TOKEN_ID}`): string {
  return `providers add prod --endpoint ${world.lab.url} ${rest}`;
}

/** Nothing in the output, the questions, the database, or any file but the one that it was meant for. */
function expectHidden({ world, secret, asked }: Terminal, ran: Ran, keptIn?: string): void {
  expect(`${ran.stdout}${ran.stderr}${asked.join()}`).not.toContain(secret);
  const files = readdirSync(world.dir, { recursive: true, encoding: 'utf8' }).map((name) => path.join(world.dir, name));
  const holders = files.filter((file) => statSync(file).isFile() && readFileSync(file, 'latin1').includes(secret));
  expect(holders).toEqual(keptIn === undefined ? [] : [keptIn]);
}

describe('on a terminal', () => {
  it('a secret without a reference is asked for, and kept in the keyring', async () => {
    const terminal = await openTerminal();
    const { rollcall, secret, asked, entries, config } = terminal;
    const ran = await rollcall(addLine(terminal), [secret, 'keyring:']);
    expect(ran).toEqual({
      status: EXIT.done,
      stdout: '',
      stderr: 'kept the secret as keyring:rollcall/prod\nstored prod: cluster lab, 2 nodes\n',
    });
    expect(asked).toEqual([
      `Secret of the token ${TOKEN_ID}`,
      `Keep it in: keyring:rollcall/prod | file:${config}/rollcall/secrets/prod`,
    ]);
    expect([...entries]).toEqual([['rollcall/prod', secret]]);
    expectHidden(terminal, ran);
    expect(await rollcall('discover-all')).toMatchObject({ status: EXIT.done });
  });

  it('or in a file that nobody else can read', async () => {
    const terminal = await openTerminal();
    const { rollcall, secret, config } = terminal;
    const ran = await rollcall(addLine(terminal), [`${secret}\n`, 'file:']);
    const file = path.join(config, 'rollcall', 'secrets', 'prod');
    expect(ran).toMatchObject({
      status: EXIT.done,
      stderr: expect.stringContaining(`kept the secret as file:${file}\n`),
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    expectHidden(terminal, ran, file);
    expect(await rollcall('discover-all')).toMatchObject({ status: EXIT.done });
  });

  it('or there without a choice, where there is no keyring; and who logs in is asked for too', async () => {
    const terminal = await openTerminal({ hasKeyring: false });
    const { rollcall, secret, asked } = terminal;
    expect(await rollcall(addLine(terminal, ''), [TOKEN_ID, secret])).toMatchObject({ status: EXIT.done });
    expect(asked).toEqual(['Id of the API token (user@realm!name)', `Secret of the token ${TOKEN_ID}`]);
    expect((await rollcall('providers list --columns credential')).stdout).toContain('(file:');
  });

  it('a password is asked for as well', async () => {
    const terminal = await openTerminal();
    const { user, password } = terminal.world.lab.password;
    const ran = await terminal.rollcall(addLine(terminal, `--user ${user}`), [password, 'keyring:']);
    expect(ran).toMatchObject({ status: EXIT.done });
    expect(terminal.asked[0]).toBe(`Password of ${user}`);
  });

  it('an entry of the keyring that is not there is asked for and made; one that is there is used', async () => {
    const terminal = await openTerminal();
    const { rollcall, secret, asked, entries } = terminal;
    const line = addLine(terminal, `--token-id ${TOKEN_ID} --secret keyring:work/pve/prod`);
    expect(await rollcall(line, [secret])).toMatchObject({ status: EXIT.done });
    expect(asked).toEqual(['Secret of the token, to be kept as keyring:work/pve/prod']);
    expect([...entries]).toEqual([['work/pve/prod', secret]]);
    expect(await rollcall('providers update prod --secret keyring:work/pve/prod', [])).toMatchObject({
      status: EXIT.done,
    });
  });

  it('nothing is kept of a secret that the server refuses three times, nor while nothing is entered', async () => {
    const terminal = await openTerminal();
    const { rollcall, entries, config } = terminal;
    const wrong = '00000000-1111-2222-3333-444444444444';
    expect(await rollcall(addLine(terminal), [wrong, 'keyring:', wrong, wrong])).toMatchObject({ status: EXIT.denied });
    const inFile = await rollcall(addLine(terminal), ['  ', wrong, 'file:', wrong, wrong]);
    expect(inFile).toMatchObject({
      status: EXIT.denied,
      stderr: expect.stringMatching(/^error: nothing was entered\n/),
    });
    expect([entries.size, existsSync(config)]).toEqual([0, false]);
    expect((await rollcall('providers list -o name')).stdout).toBe('');
  });

  it('what is at fault with the name is told before anything is asked', async () => {
    const terminal = await openTerminal();
    const ran = await terminal.rollcall(addLine(terminal).replace('prod', 'a/b'), []);
    expect(ran).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringMatching(/^error: 'a\/b' cannot be the name/),
    });
  });
});

describe('without a terminal', () => {
  it('an entry that is not in the keyring is told, with the next step', async () => {
    const terminal = await openTerminal();
    const ran = await terminal.rollcall(addLine(terminal, `--token-id ${TOKEN_ID} --secret keyring:rollcall/prod`));
    expect(ran).toEqual({
      status: EXIT.usage,
      stdout: '',
      stderr:
        'error: the keyring has no entry rollcall/prod\n' +
        'hint: run the same command on a terminal, where it asks for the secret and keeps it there\n',
    });
  });

  it('a machine without a keyring says so', async () => {
    const terminal = await openTerminal({ hasKeyring: false });
    const line = addLine(terminal, `--token-id ${TOKEN_ID} --secret keyring:rollcall/prod`);
    expect((await terminal.rollcall(line)).stderr).toMatch(/^error: no keyring can be used here/);
  });

  it.each([
    [
      'keyring:rollcall',
      /^error: a reference to the keyring has a service and an account\nhint: .*keyring:rollcall\/prod\n$/,
    ],
    ['hunter2hunter2', /^error: --secret is not a reference to a secret\n/],
  ])('%s is refused', async (reference, stderr) => {
    const terminal = await openTerminal();
    const ran = await terminal.rollcall(addLine(terminal, `--token-id ${TOKEN_ID} --secret ${reference}`));
    expect(ran).toMatchObject({ status: EXIT.usage, stderr: expect.stringMatching(stderr) });
    expect(ran.stderr).not.toContain('hunter2');
  });
});

describe('a file with a secret', () => {
  it.each<[name: string, make: (dir: string, secret: string) => string, stderr: RegExp]>([
    [
      'that others can read',
      (dir, secret) => secretAt(path.join(dir, 'open'), secret, 0o640),
      /can be read by others \(mode 640\)/,
    ],
    [
      'behind a link, that others can read',
      (dir, secret) => linked(dir, secretAt(path.join(dir, 'target'), secret, 0o604)),
      /can be read by others \(mode 604\)/,
    ],
    [
      'in a directory that anybody can write to',
      (dir, secret) => {
        mkdirSync(path.join(dir, 'shared'));
        const file = secretAt(path.join(dir, 'shared', 'secret'), secret, 0o600);
        chmodSync(path.dirname(file), 0o777);
        return file;
      },
      /lies in a directory that anybody can write to\nhint: chmod o-w /,
    ],
    [
      'below a directory that anybody can write to',
      (dir, secret) => {
        mkdirSync(path.join(dir, 'shared', 'mine'), { recursive: true });
        const file = secretAt(path.join(dir, 'shared', 'mine', 'secret'), secret, 0o600);
        chmodSync(path.join(dir, 'shared'), 0o777);
        return file;
      },
      /lies below .*\/shared, a directory that anybody can write to\nhint: chmod o-w .*\/shared, or keep/,
    ],
    [
      'that is a FIFO nobody writes to',
      (dir) => {
        execFileSync('mkfifo', ['-m', '600', path.join(dir, 'fifo')]);
        return path.join(dir, 'fifo');
      },
      /fifo is not a regular file/,
    ],
    ['that is empty', (dir) => secretAt(path.join(dir, 'empty'), '', 0o600), /is empty/],
    ['that is not there', (dir) => path.join(dir, 'nowhere'), /cannot be read \(ENOENT\)/],
  ])('%s is refused', async (_name, make, stderr) => {
    const terminal = await openTerminal();
    const file = make(terminal.world.dir, terminal.secret);
    const ran = await terminal.rollcall(addLine(terminal, `--token-id ${TOKEN_ID} --secret file:${file}`));
    expect(ran).toMatchObject({ status: EXIT.usage, stderr: expect.stringMatching(stderr) });
  });

  it('is read through a link to a file of its owner alone, and in a sticky directory', async () => {
    const terminal = await openTerminal();
    const folder = path.join(terminal.world.dir, 'sticky');
    mkdirSync(folder);
    chmodSync(folder, 0o1777);
    const file = linked(folder, secretAt(path.join(folder, 'target'), terminal.secret, 0o400));
    const ran = await terminal.rollcall(addLine(terminal, `--token-id ${TOKEN_ID} --secret file:${file}`));
    expect(ran).toMatchObject({ status: EXIT.done });
  });
});

function secretAt(file: string, secret: string, mode: number): string {
  writeFileSync(file, secret);
  chmodSync(file, mode);
  return file;
}

function linked(dir: string, target: string): string {
  const link = path.join(dir, 'link');
  symlinkSync(target, link);
  return link;
}

describe('a program that fetches a secret', () => {
  it('gets no secret of another provider, and shows none in a process list', async () => {
    const terminal = await openTerminal();
    const { world, secret } = terminal;
    const other = 'other-provider-secret-7777';
    const seen = path.join(world.dir, 'seen.json');
    const script = path.join(world.dir, 'fetch.cjs');
    // What it is given, and what anybody sees of all processes meanwhile.
    writeFileSync(
      script,
      `const fs = require('fs');
      const read = (file) => { try { return fs.readFileSync(file, 'latin1'); } catch { return ''; } };
      const processes = fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
      fs.writeFileSync(${JSON.stringify(seen)}, JSON.stringify({
        env: process.env,
        own: read('/proc/self/environ') + read('/proc/self/cmdline'),
        list: processes.map((pid) => read('/proc/' + pid + '/cmdline')),
      }));
      console.log(fs.readFileSync(${JSON.stringify(path.join(world.dir, 'secret'))}, 'utf8'));`,
    );
    secretAt(path.join(world.dir, 'secret'), secret, 0o600);
    const env = {
      PROXMOX_PASSWORD: 'unused-password-1234',
      OTHER_SECRET: other,
      COPY_OF_IT: `x=${other}`,
      PGPASSWORD: 'database-password-5',
      VAULT_ADDR: 'https://vault',
      PROXMOX_VE_ENDPOINT: undefined,
      PROXMOX_VE_API_TOKEN: undefined,
      PROXMOX_VE_NAME: undefined,
    };
    const run = (line: string) => world.rollcall(line, { env });
    await run('providers add other --endpoint 127.0.0.1:1 --token-id a@pve!b --secret env:OTHER_SECRET --no-check');
    const added = await run(
      `providers add prod --endpoint ${world.lab.url} --token-id ${TOKEN_ID} --secret "command:${process.execPath} ${script}"`,
    );
    expect(added).toMatchObject({ status: EXIT.done });
    const ran = await run('discover-all --provider prod --verbose');
    expect(ran).toMatchObject({ status: EXIT.done });
    const text = readFileSync(seen, 'utf8');
    const { env: given } = JSON.parse(text) as { env: Record<string, string> };
    expect(given['VAULT_ADDR']).toBe('https://vault');
    expect(
      Object.keys(given).filter((name) => /^(?:PROXMOX_|PG|DATABASE_URL|OTHER_SECRET|COPY_OF_IT)/.test(name)),
    ).toEqual([]);
    for (const hidden of [secret, other, 'unused-password-1234', 'database-password-5'])
      expect({ hidden, isSeen: (text + ran.stdout + ran.stderr + added.stderr).includes(hidden) }).toEqual({
        hidden,
        isSeen: false,
      });
  });

  it.each<[env: Record<string, string | undefined>, variables: string[], expected: string[]]>([
    [{ PATH: '/bin', HOME: '/root', DATABASE_URL: 'postgresql://u:p@h/d' }, [], ['HOME', 'PATH']],
    [{ PROXMOX_VE_ENDPOINT: 'https://pve', VAULT_ADDR: 'https://pve/x' }, [], ['VAULT_ADDR']],
    [{ PROXMOX_VE_API_TOKEN: 'a@pve!b=0000-1111', OP_A: 'x0000-1111', OP_B: 'a@pve!b' }, [], ['OP_B']],
    [{ OP_S: 'short', OP_T: 'shorter' }, ['OP_S'], ['OP_T']],
    [{ LANG: undefined, PGPASSFILE: '/x' }, [], []],
  ])('of %j, with %j, gets %j', (env, secretVariables, expected) => {
    expect(Object.keys(childEnvironment({ processEnv: env, env, secretVariables }))).toEqual(expected);
  });
});
