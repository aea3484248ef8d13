import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { NO_ENVIRONMENT, secretOf } from '../helpers/stored-provider.ts';
import { openWorld, type Ran, type World } from '../helpers/world.ts';
import { finish } from '../watch/processes.ts';

const FOREIGN_UID = 12_345;
const asRoot = process.getuid?.() === 0 ? it : it.skip;

let world: World;
beforeEach(async () => {
  world = await openWorld();
});

/** A file below the folder of the world, which only its owner can read. */
function file(name: string, lines: Record<string, string>, mode = 0o600): string {
  const place = path.join(world.dir, name);
  const text = Object.entries(lines).map(([key, value]) => `${key}='${value}'\n`);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, text.join(''));
  chmodSync(place, mode);
  return place;
}

/** Without PROXMOX_* of its own. */
function rollcall(line: string, env: Record<string, string | undefined> = {}, cwd = world.dir): Promise<Ran> {
  return world.rollcall(line, { env: { ...NO_ENVIRONMENT, ...env }, io: { cwd } });
}

function connection(): Record<string, string> {
  const { PROXMOX_VE_ENDPOINT = '', PROXMOX_VE_API_TOKEN = '', PROXMOX_VE_CA_FILE = '' } = world.lab.env();
  return { PROXMOX_VE_ENDPOINT, PROXMOX_VE_API_TOKEN, PROXMOX_VE_CA_FILE };
}

describe('a .env in the working directory', () => {
  const foreign = (name: string) => path.join(world.dir, 'home', name);

  beforeEach(() => {
    file('home/.env', { ...connection(), DATABASE_URL: `file:${foreign('evil.db')}` });
  });

  it('is not read; who has relied on it is told how to name it', async () => {
    world.lab.clearRequests();
    const ran = await rollcall('discover-all', {}, foreign(''));
    expect(ran).toMatchObject({ status: EXIT.usage, stdout: '' });
    expect(ran.stderr).toMatch(/^error: the configuration has 2 problems:\n {2}- no Proxmox VE server is named\n/);
    expect(ran.stderr).toMatch(
      /\nhint: the \.env in the working directory is read only if it is named: --environment-file \.env\n$/,
    );
    expect(world.lab.requests).toEqual([]);
    expect(existsSync(foreign('evil.db'))).toBe(false);
  });

  it('is told of where a server is named and no token is set, and by `providers add`', async () => {
    const env = { PROXMOX_VE_ENDPOINT: 'pve' };
    const ran = await rollcall('discover-all', env, foreign(''));
    expect(ran.stderr).toMatch(/^error: no token for the .*\nhint: set PROXMOX_VE_API_TOKEN: .*; the \.env in the /);
    const added = await rollcall('providers add x', {}, foreign(''));
    expect(added.stderr).toContain('--environment-file .env');
  });

  it('is not told of where there is none, nor where a file is named', async () => {
    expect((await rollcall('discover-all')).stderr).not.toContain('--environment-file');
    const other = file('other.env', { OTHER: 'x' });
    const ran = await rollcall(`discover-all --environment-file ${other}`, {}, foreign(''));
    expect(ran.stderr).not.toContain('.env in the working directory');
  });

  it('may be anything: a command that needs nothing of it does not look at it', async () => {
    const folder = path.join(world.dir, 'odd');
    mkdirSync(path.join(folder, '.env'), { recursive: true });
    expect(await rollcall('list-vms', {}, folder)).toMatchObject({ status: EXIT.done });
  });
});

describe('a file that is named', () => {
  it('describes the connection, below the variables of the process', async () => {
    const named = file('named.env', { ...connection(), PROXMOX_VE_NAME: 'by-file' });
    const ran = await rollcall('discover-all --environment-file named.env');
    expect(ran).toMatchObject({ status: EXIT.done, stdout: expect.stringMatching(/^by-file: 4 guests/) });
    const overridden = await rollcall(`providers test --environment-file ${named}`, {
      PROXMOX_VE_API_TOKEN: 'a@pve!b=x',
    });
    expect(overridden).toMatchObject({ status: EXIT.denied });
  });

  it('holds the secret that env:NAME refers to', async () => {
    const { lab } = world;
    const how = `--endpoint ${lab.url} --fingerprint ${lab.fingerprint} --token-id root@pam!lab --secret env:MY_SECRET`;
    const named = file('secret.env', { MY_SECRET: secretOf(lab.token) });
    await rollcall(`providers add by-reference --no-check ${how}`);
    const test = 'providers test by-reference';
    expect(await rollcall(`${test} --environment-file ${named}`)).toMatchObject({ status: EXIT.done });
    expect(await rollcall(test)).toMatchObject({ status: EXIT.usage });
  });

  it('never says which database is used, nor how programs run, and that is told', async () => {
    const evil = path.join(world.dir, 'evil.db');
    const named = file('evil.env', {
      DATABASE_URL: `file:${evil}`,
      NODE_OPTIONS: '--x',
      XDG_CONFIG_HOME: '/x',
      A: '1',
    });
    const ran = await rollcall(`list-vms --environment-file ${named}`);
    expect(ran.status).toBe(EXIT.done);
    expect(ran.stderr).toContain(
      `warning: DATABASE_URL in ${named} is not used\nhint: give --db or set it in the environment\n` +
        `warning: NODE_OPTIONS, XDG_CONFIG_HOME in ${named} are not used\n` +
        'hint: the file is for PROXMOX_* and for the variables that env:NAME refers to\n',
    );
    expect(existsSync(evil)).toBe(false);
  });

  it('reaches no program that is started, and its secrets are kept from it too', async () => {
    const { lab } = world;
    const seen = path.join(world.dir, 'seen.json');
    const script = path.join(world.dir, 'fetch.cjs');
    writeFileSync(
      script,
      `require('fs').writeFileSync(${JSON.stringify(seen)}, JSON.stringify(process.env)); console.log('${secretOf(lab.token)}');`,
    );
    const named = file('child.env', {
      VAULT_ADDR: 'https://evil',
      BASH_ENV: './evil',
      PROXMOX_PASSWORD: 'a-password-1',
    });
    const command = `command:${process.execPath} ${script}`;
    const how = `--endpoint ${lab.url} --fingerprint ${lab.fingerprint} --token-id root@pam!lab`;
    await rollcall(`providers add by-command --no-check ${how} --secret "${command}"`);
    const env = { OP_COPY: 'x=a-password-1', LANG: 'C' };
    const ran = await rollcall(`providers test by-command --environment-file ${named}`, env);
    expect(ran).toMatchObject({ status: EXIT.done });
    const given: unknown = JSON.parse(readFileSync(seen, 'utf8'));
    expect(given).toMatchObject({ LANG: 'C' });
    expect(JSON.stringify(given)).not.toMatch(/evil|a-password-1/);
  });

  it.each<[string, (place: string) => void, RegExp]>([
    ['that is not there', () => undefined, /there is no file \S+\nhint: check the path/],
    ['in a folder that is a file', (place) => writeFileSync(path.dirname(place), ''), /there is no file/],
    ['that is a link', (place) => symlinkSync(file('target.env', {}), place), /is a link\nhint: name the file/],
    ['that is a folder', (place) => mkdirSync(place), /cannot be read \(EISDIR\)/],
    ['that is a FIFO', (place) => execFileSync('mkfifo', ['-m', '600', place]), /is not a regular file/],
    ['that others can read', (place) => write(place, 0o604), /by others \(mode 604\)\nhint: chmod 600 \//],
    ['that the group can read', (place) => write(place, 0o640), /by others \(mode 640\)/],
    ['that others can write', (place) => write(place, 0o602), /by others \(mode 602\)/],
    ['that is too large', (place) => write(place, 0o600, 'A=1\n'.repeat(20_000)), /is larger than 65536 bytes/],
    [
      'below a folder that others can write to',
      (place) => write(place, 0o600, '', 0o777),
      /lies in a directory that anybody can write to\nhint: chmod o-w \//,
    ],
  ])('%s is refused before anything is opened', async (_name, make, stderr) => {
    const folder = path.join(world.dir, `refused-${refused++}`);
    if (!_name.includes('that is a file')) mkdirSync(folder);
    make(path.join(folder, 'x.env'));
    const ran = await rollcall(`list-vms --environment-file ${folder}/x.env`);
    expect(ran).toMatchObject({ status: EXIT.usage, stdout: '', stderr: expect.stringMatching(stderr) });
  });

  asRoot.each<[string, (folder: string, place: string) => void, RegExp]>([
    ['of another user', (_, place) => chownSync(place, FOREIGN_UID, 0), /x\.env belongs to another user \(uid 12345\)/],
    [
      'in a folder of another user',
      (folder) => chownSync(folder, FOREIGN_UID, 0),
      /lies below \S+, a directory of another user \(uid 12345\)/,
    ],
    [
      'in a folder that another group can write to',
      (folder) => {
        chownSync(folder, 0, FOREIGN_UID);
        chmodSync(folder, 0o770);
      },
      /lies below \S+, a directory that its group can write to/,
    ],
  ])('%s is refused', async (_name, give, stderr) => {
    const folder = path.join(world.dir, `foreign-${refused++}`, 'deeper');
    const place = file(path.relative(world.dir, path.join(folder, 'x.env')), {});
    give(path.dirname(folder), place);
    const ran = await rollcall(`list-vms --environment-file ${place}`);
    expect(ran).toMatchObject({ status: EXIT.usage, stderr: expect.stringMatching(stderr) });
  });

  it('is read in a sticky folder', async () => {
    const named = file('sticky/x.env', { A: '1' }, 0o400);
    chmodSync(path.dirname(named), 0o1777);
    expect(await rollcall(`list-vms --environment-file ${named}`)).toMatchObject({ status: EXIT.done });
  });
});

let refused = 0;

function write(place: string, mode: number, text = 'A=1\n', folderMode = 0o755): void {
  writeFileSync(place, text);
  chmodSync(place, mode);
  chmodSync(path.dirname(place), folderMode);
}

describe('Node.js', () => {
  it('does not read the file by itself, in which it would obey NODE_OPTIONS', async () => {
    const marker = path.join(world.dir, 'marker');
    const trojan = path.join(world.dir, 'trojan.cjs');
    writeFileSync(trojan, `require('fs').writeFileSync(${JSON.stringify(marker)}, '')`);
    const named = file('node.env', { ...connection(), NODE_OPTIONS: `--require=${trojan}` });
    const ran = await finish(['list-vms', '--environment-file', named], { DATABASE_URL: world.databaseUrl });
    expect(ran).toMatchObject({ status: EXIT.done, stderr: expect.stringContaining('NODE_OPTIONS in ') });
    expect(existsSync(marker)).toBe(false);
  });

  it('reads what --env-file names, so that name is answered with the other one', async () => {
    const named = file('alias.env', connection());
    const ran = await rollcall(`providers test --env-file ${named}`);
    expect(ran).toMatchObject({
      status: EXIT.done,
      stderr: `warning: Node.js itself reads --env-file, before Rollcall can check the file\nhint: --environment-file ${named}\n`,
    });
  });
});
