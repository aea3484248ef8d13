import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import type { Ask } from '../../src/cli/output/io.ts';
import { startLab } from '../../src/lab/lab.ts';
import { NO_ENVIRONMENT, secretOf } from '../helpers/stored-provider.ts';
import { openWorld, type World } from '../helpers/world.ts';

/** Answers the questions in their order, and keeps them. */
function typing(...typed: string[]): Ask & { asked: string[] } {
  const asked: string[] = [];
  const next = async (question: string): Promise<string> => {
    asked.push(question);
    return typed.shift() ?? Promise.reject(new Error(`nothing to answer to: ${question}`));
  };
  return {
    asked,
    text: next,
    secret: next,
    confirm: async (message) => (await next(message)) === 'yes',
    choose: async (message, choices) => {
      const wanted = await next(message);
      const found = choices.find(({ value }) => value.startsWith(wanted));
      return found?.value ?? Promise.reject(new Error(`there is no choice ${wanted}`));
    },
  };
}

async function names({ rollcall }: World): Promise<string> {
  return (await rollcall('providers list -o name', { env: NO_ENVIRONMENT })).stdout;
}

describe('a first contact that fails', () => {
  it.each<[string, Record<string, string | undefined>, number]>([
    ['no such server', { PROXMOX_VE_ENDPOINT: 'https://127.0.0.1:1' }, EXIT.unreachable],
    ['a refused token', { PROXMOX_VE_API_TOKEN: 'root@pam!lab=00000000-0000-0000-0000-000000000000' }, EXIT.denied],
    ['an unknown certificate', { PROXMOX_VE_CA_FILE: undefined }, EXIT.unreachable],
  ])('stores nothing: %s', async (_name, env, status) => {
    const world = await openWorld();
    expect(await world.rollcall('discover-all', { env })).toMatchObject({ status });
    expect(await names(world)).toBe('');
    expect((await world.rollcall('sync-status -o json')).rows).toEqual([]);
    // Under its name it is the next one's.
    expect(await world.rollcall('discover-all')).toMatchObject({ status: EXIT.done });
    expect(await names(world)).toBe('lab\n');
  });

  it('keeps what `providers add` has stored, and what was read before', async () => {
    const world = await openWorld();
    await world.rollcall('discover-all');
    const env = { PROXMOX_VE_API_TOKEN: 'root@pam!lab=00000000-0000-0000-0000-000000000000' };
    expect(await world.rollcall('discover-all', { env })).toMatchObject({ status: EXIT.denied });
    await world.rollcall('providers add dead --endpoint 127.0.0.1:1 --token-id a@pve!b --secret env:PATH --no-check');
    await world.rollcall('discover-all', { env: { ...NO_ENVIRONMENT, PATH: 'x' } });
    expect(await names(world)).toBe('dead\nlab\n');
    expect((await world.rollcall('list-vms -o name')).stdout).toBe('lab/100\nlab/101\nlab/102\n');
  });
});

describe('variables first, then `providers add` of the same cluster', () => {
  const how = ({ lab }: World) =>
    `--endpoint ${lab.url} --fingerprint ${lab.fingerprint} --token-id root@pam!lab --secret env:SECRET`;
  const stored = (world: World) => ({ ...NO_ENVIRONMENT, SECRET: secretOf(world.lab.token) });

  it.each(['prod', 'lab'])('gives the provider its name and settings as %s, with the history', async (name) => {
    const world = await openWorld();
    await world.rollcall('discover-all');
    const env = { SECRET: secretOf(world.lab.token) };
    const was = name === 'lab' ? '' : ', until now called lab,';
    expect(await world.rollcall(`providers add ${name} ${how(world)} --interval 5m`, { env })).toEqual({
      status: EXIT.done,
      stdout: '',
      stderr:
        `the cluster that the environment describes${was} is stored now; its history stays\n` +
        `stored ${name}: cluster lab, 2 nodes\n`,
    });
    const [row, ...others] = (await world.rollcall('providers list -o json', { env: stored(world) })).rows;
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      name,
      credential: { secretRef: 'env:SECRET' },
      schedule: { discoverInterval: 5 },
      clusterName: 'lab',
    });
    world.lab.as('root@pam').setConfig(100, { memory: 4096 });
    expect(await world.rollcall('discover-all', { env: stored(world) })).toMatchObject({ status: EXIT.done });
    const changes = await world.rollcall('show-changes --guest 100 -o json', { env: stored(world) });
    expect(changes.rows.map(({ provider, kind }) => [provider, kind])).toEqual([
      [name, 'created'],
      [name, 'changed'],
    ]);
    expect(await world.rollcall('verify', { env: stored(world) })).toMatchObject({ status: EXIT.done });
    // With the variables still set it is the same provider.
    expect((await world.rollcall('discover-all -o json', { env })).rows).toMatchObject([
      { providerName: name, outcome: 'complete', summary: { new: 0 } },
    ]);
    expect(await names(world)).toBe(`${name}\n`);
  });

  it('refuses the name of another cluster that the environment described, and a cluster that is stored', async () => {
    const world = await openWorld();
    await world.rollcall('discover-all');
    const other = await startLab({ nodes: 1, vms: 1, containers: 0, clusterName: 'other', seed: 5 });
    try {
      const otherLine = `--endpoint ${other.url} --fingerprint ${other.fingerprint} --token-id root@pam!lab --secret env:OTHER`;
      const env = { ...stored(world), OTHER: secretOf(other.token) };
      expect(await world.rollcall(`providers add lab ${otherLine}`, { env })).toMatchObject({
        status: EXIT.usage,
        stderr: expect.stringMatching(/^error: there is a provider lab already\n/),
      });
      expect(await world.rollcall(`providers add prod ${how(world)}`, { env })).toMatchObject({ status: EXIT.done });
      expect(await world.rollcall(`providers add again ${how(world)}`, { env })).toMatchObject({
        status: EXIT.usage,
        stderr: expect.stringMatching(/^error: cluster lab is provider prod already; again was not stored\n/),
      });
    } finally {
      await other.close();
    }
  });
});

describe('--insecure', () => {
  const untrusted = { PROXMOX_VE_CA_FILE: undefined };

  it('counts for the run that it was given to, and stores nothing', async () => {
    const world = await openWorld();
    expect(await world.rollcall('discover-all --insecure', { env: untrusted })).toMatchObject({ status: EXIT.done });
    const tls = async () => (await world.rollcall('providers list -o json')).rows[0]?.['tls'];
    expect(await tls()).toEqual({ mode: 'system' });
    expect(await world.rollcall('discover-all', { env: untrusted })).toMatchObject({ status: EXIT.unreachable });
    await world.rollcall('discover-all');
    const trusted = await tls();
    await world.rollcall('discover-all --insecure');
    expect(await tls()).toEqual(trusted);
  });

  it('by a variable counts as long as the variable is set', async () => {
    const world = await openWorld();
    const insecure = { ...untrusted, PROXMOX_VE_INSECURE: 'true' };
    expect(await world.rollcall('discover-all', { env: insecure })).toMatchObject({ status: EXIT.done });
    expect(await world.rollcall('discover-all', { env: untrusted })).toMatchObject({ status: EXIT.unreachable });
  });

  it('is stored where `providers add` is told so', async () => {
    const world = await openWorld();
    const added = await world.rollcall('providers add lab --insecure', { env: untrusted });
    expect(added).toMatchObject({ status: EXIT.done });
    expect(await world.rollcall('discover-all', { env: untrusted })).toMatchObject({ status: EXIT.done });
  });
});

describe('PROXMOX_VE_NAME', () => {
  it('that comes later renames what the environment describes, and says so once', async () => {
    const world = await openWorld();
    const unnamed = { PROXMOX_VE_NAME: undefined };
    await world.rollcall('discover-all', { env: unnamed });
    expect(await names(world)).toBe('127.0.0.1\n');
    const renamed = await world.rollcall('discover-all --provider prod', { env: { PROXMOX_VE_NAME: 'prod' } });
    expect(renamed).toMatchObject({
      status: EXIT.done,
      stdout: 'prod: 4 guests, nothing changed (complete)\n',
      stderr: 'warning: provider 127.0.0.1 is called prod from now on, as PROXMOX_VE_NAME says; its history stays\n',
    });
    expect(await names(world)).toBe('prod\n');
    expect(await world.rollcall('discover-all', { env: { PROXMOX_VE_NAME: 'prod' } })).toMatchObject({ stderr: '' });
    expect((await world.rollcall('show-changes --guest 100 -o json')).rows).toMatchObject([{ provider: 'prod' }]);
    // Without the variable it keeps the name that it has.
    await world.rollcall('discover-all', { env: unnamed });
    expect(await names(world)).toBe('prod\n');
  });

  it('does not rename what a command has stored, and says how to', async () => {
    const world = await openWorld();
    await world.rollcall('providers add prod');
    const ran = await world.rollcall('discover-all', { env: { PROXMOX_VE_NAME: 'other' } });
    expect(ran).toMatchObject({
      status: EXIT.done,
      stderr:
        'warning: PROXMOX_VE_NAME is other, but this server is stored as prod, which keeps its name\n' +
        'hint: unset PROXMOX_VE_NAME, or: rollcall providers update prod --rename other\n',
    });
    expect(await names(world)).toBe('prod\n');
  });
});

describe('`providers add` on a terminal', () => {
  it('asks for the address first, checks each answer, and asks again', async () => {
    const world = await openWorld();
    const { lab, dir } = world;
    const env = { ...NO_ENVIRONMENT, XDG_CONFIG_HOME: path.join(dir, 'config') };
    const ask = typing(
      '',
      'http://pve',
      '127.0.0.1:1',
      lab.url,
      `root@pam!lab=${secretOf(lab.token)}`,
      'root@pam!lab',
      ' ',
      '00000000-0000-0000-0000-000000000000',
      'file:',
      'yes',
      secretOf(lab.token),
    );
    const keyring = { get: async () => null, set: async () => undefined };
    const ran = await world.rollcall('providers add prod', { env, io: { ask, keyring } });
    const address = 'Address of a server (pve.example.com, https://host:8006)';
    const secret = 'Secret of the token root@pam!lab';
    const file = path.join(dir, 'config', 'rollcall', 'secrets', 'prod');
    expect(ask.asked).toEqual([
      address,
      address,
      address,
      address,
      'Id of the API token (user@realm!name)',
      'Id of the API token (user@realm!name)',
      secret,
      secret,
      'Keep it in',
      'Trust this certificate from now on?',
      `Secret for file:${file}`,
    ]);
    expect(ran.status).toBe(EXIT.done);
    expect(ran.stderr).not.toContain(secretOf(lab.token));
    const errors = ran.stderr.split('\n').filter((line) => line.startsWith('error: '));
    expect(errors).toEqual([
      'error: nothing was entered',
      "error: 'http://pve' has the scheme http, but Proxmox VE answers HTTPS only",
      expect.stringMatching(/^error: .*127\.0\.0\.1:1.* refused/),
      'error: that is not the id of a token',
      'error: nothing was entered',
      expect.stringMatching(/^error: .*401/),
    ]);
    expect(ran.stderr).toMatch(/stored prod: cluster lab, 2 nodes\n$/);
  });

  it('gives up after five answers that are of no use', async () => {
    const world = await openWorld();
    const ask = typing('x y', 'x y', 'x y', 'x y', 'x y', 'never');
    const ran = await world.rollcall('providers add prod', { env: NO_ENVIRONMENT, io: { ask } });
    expect(ran.status).toBe(EXIT.usage);
    expect(ask.asked).toHaveLength(5);
    expect(ran.stderr.match(/^error: 'x y' is not the address of a host$/gm)).toHaveLength(5);
  });

  it('gives up after three refusals, and keeps nothing', async () => {
    const world = await openWorld();
    const config = path.join(world.dir, 'config');
    const env = { ...NO_ENVIRONMENT, XDG_CONFIG_HOME: config };
    const wrong = '00000000-0000-0000-0000-000000000000';
    const ask = typing(world.lab.url, 'root@pam!lab', wrong, 'file:', 'yes', wrong, wrong);
    const keyring = { get: async () => null, set: async () => undefined };
    const ran = await world.rollcall('providers add prod', { env, io: { ask, keyring } });
    expect(ran.status).toBe(EXIT.denied);
    expect(existsSync(config)).toBe(false);
    expect(await names(world)).toBe('');
  });
});

describe('a database in a folder that does not exist', () => {
  it.each([
    'list-vms',
    'show-changes',
    'show-vm 100',
    'sync-status',
    'verify',
    'providers list',
    'providers remove x',
    'prune --dry-run',
  ])('is refused by %s, and not made', async (line) => {
    const world = await openWorld();
    const folder = path.join(world.dir, 'no', 'such');
    const env = { DATABASE_URL: `file:${folder}/x.db` };
    expect(await world.rollcall(line, { env })).toEqual({
      status: EXIT.usage,
      stdout: '',
      stderr:
        `error: there is no folder ${folder} for the database\n` +
        'hint: check DATABASE_URL; discover-all, watch, providers add and db migrate make the folder\n',
    });
    const flag = await world.rollcall(`${line} --db file:no/such/x.db`);
    expect(flag.stderr).toContain('hint: check --db; ');
    expect(existsSync(path.join(world.dir, 'no'))).toBe(false);
  });

  it('is told by doctor, and made by what records', async () => {
    const world = await openWorld();
    const folder = path.join(world.dir, 'no', 'such');
    const env = { DATABASE_URL: `file:${folder}/x.db` };
    expect((await world.rollcall('doctor', { env })).stdout).toContain(`there is no folder ${folder}`);
    expect(existsSync(folder)).toBe(false);
    expect(await world.rollcall('discover-all', { env })).toMatchObject({ status: EXIT.done });
    expect(await world.rollcall('list-vms -o name', { env })).toMatchObject({ status: EXIT.done });
    mkdirSync(path.join(world.dir, 'empty'));
    const empty = { DATABASE_URL: `file:${world.dir}/empty/x.db` };
    expect(await world.rollcall('list-vms', { env: empty })).toMatchObject({ status: EXIT.done });
  });
});

describe('prune of the last day', () => {
  it('asks, and without a terminal wants --yes', async () => {
    const world = await openWorld();
    await world.rollcall('discover-all');
    world.lab.as('root@pam').setConfig(100, { memory: 4096 });
    world.clock.advance(1000);
    await world.rollcall('discover-all');
    world.clock.advance(1000);
    const what = 'this drops the details of every change from before 2026-11-21 10:00:02, for good';
    expect(await world.rollcall('prune --keep 0d')).toEqual({
      status: EXIT.usage,
      stdout: '',
      stderr: `error: ${what}\nhint: see first what it is with --dry-run; then add --yes\n`,
    });
    const no = typing('no');
    expect(await world.rollcall('prune --keep 0d', { io: { ask: no } })).toMatchObject({
      status: EXIT.done,
      stderr: 'nothing was dropped\n',
    });
    expect(no.asked).toEqual([`${what}. Drop them?`]);
    const dry = await world.rollcall('prune --keep 0d --dry-run -o json');
    expect(dry.json).toMatchObject({ changes: 1, dryRun: true });
    const pruned = await world.rollcall('prune --keep 0d -o json', { io: { ask: typing('yes') } });
    expect(pruned.json).toMatchObject({ changes: 1 });
    expect(await world.rollcall('prune --keep 23h --yes')).toMatchObject({ status: EXIT.done });
    expect(await world.rollcall('prune --keep 1d')).toMatchObject({ status: EXIT.done });
  });
});
