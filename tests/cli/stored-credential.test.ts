import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connectsAsStored } from '../../src/app/config/credential-scope.ts';
import { selectProviders } from '../../src/app/config/select-providers.ts';
import { EXIT } from '../../src/cli/exit-status.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import type { ProviderConfig, TlsTrust } from '../../src/types/provider.ts';
import { NO_ENVIRONMENT, secretOf } from '../helpers/stored-provider.ts';
import { tempDir } from '../helpers/temp.ts';
import { openWorld, type Ran, type World } from '../helpers/world.ts';

let world: World;
/** Another server, which anybody may have put there. It would take any credential. */
let evil: Lab;
let marker: string;

beforeAll(async () => {
  evil = await startLab({ nodes: 1, vms: 1, containers: 0, seed: 9, clusterName: 'evil' });
});
afterAll(() => evil.close());

/** A provider whose secret a program gives, so that it can be seen whether it was asked for. */
beforeEach(async () => {
  world = await openWorld();
  marker = path.join(world.dir, 'asked');
  const script = path.join(world.dir, 'fetch.cjs');
  writeFileSync(
    script,
    `require('fs').writeFileSync(${JSON.stringify(marker)}, ''); console.log('${secretOf(world.lab.token)}')`,
  );
  const how = `--endpoint ${world.lab.url} --fingerprint ${world.lab.fingerprint} --token-id root@pam!lab`;
  const added = await rollcall(`providers add prod --no-check ${how} --secret "command:${process.execPath} ${script}"`);
  expect(added).toMatchObject({ status: EXIT.done });
  evil.clearRequests();
  world.lab.clearRequests();
});

/** Without PROXMOX_* but what is given. */
function rollcall(line: string, env: Record<string, string | undefined> = {}): Promise<Ran> {
  return world.rollcall(line, { env: { ...NO_ENVIRONMENT, ...env } });
}

const INSECURE = { PROXMOX_VE_INSECURE: 'true' };
const at = (lab: Lab) => ({ PROXMOX_VE_ENDPOINT: lab.url });
const NAMED_PROD = { PROXMOX_VE_NAME: 'prod' };

describe('a stored credential', () => {
  const COMMANDS = ['discover-all', 'discover-vms', 'providers test', 'providers test prod', 'doctor', 'watch'];
  const WAYS: [string, (lab: Lab) => { flags?: string; env?: Record<string, string> }, RegExp][] = [
    [
      'another address and no verification by the environment',
      () => ({ env: { ...NAMED_PROD, ...at(evil), ...INSECURE } }),
      /PROXMOX_VE_ENDPOINT and PROXMOX_VE_INSECURE differ from what is stored of prod/,
    ],
    [
      'another address by the environment',
      () => ({ env: { ...NAMED_PROD, PROXMOX_HOST: evil.url } }),
      /PROXMOX_HOST differs from/,
    ],
    [
      'an address more by the environment',
      (lab) => ({ env: { PROXMOX_VE_ENDPOINT: `${lab.url},${evil.url}` } }),
      /PROXMOX_VE_ENDPOINT differs/,
    ],
    [
      'no verification by the environment',
      (lab) => ({ env: { ...at(lab), ...INSECURE } }),
      /PROXMOX_VE_INSECURE differs/,
    ],
    [
      'another fingerprint by the environment',
      (lab) => ({ env: { ...at(lab), PROXMOX_VE_FINGERPRINT: evil.fingerprint } }),
      /PROXMOX_VE_FINGERPRINT differs/,
    ],
    [
      'another CA by the environment',
      (lab) => ({ env: { ...at(lab), PROXMOX_VE_CA_FILE: caFile() } }),
      /PROXMOX_VE_CA_FILE differs/,
    ],
    [
      'another address by flags',
      () => ({ flags: `--provider prod --endpoint ${evil.url} --insecure` }),
      /--endpoint and --insecure differ/,
    ],
    ['no verification by a flag', () => ({ flags: '--insecure' }), /--insecure differs/],
    ['another fingerprint by a flag', () => ({ flags: `--fingerprint ${evil.fingerprint}` }), /--fingerprint differs/],
    ['another CA by a flag', () => ({ flags: `--ca-file ${caFile()}` }), /--ca-file differs/],
  ];

  it.each(WAYS)('is not used with %s; nothing is asked for or sent', async (_name, way, message) => {
    const { flags = '', env = {} } = way(world.lab);
    for (const command of COMMANDS) {
      const isNamed = command.endsWith(' prod');
      const ran = await rollcall(`${command} ${isNamed ? flags.replace('--provider prod', '') : flags}`, env);
      expect({ command, status: ran.status }).toEqual({ command, status: EXIT.usage });
      expect(ran.stdout + ran.stderr).toMatch(message);
      expect(ran.stderr).toMatch(/hint: .*PROXMOX_VE_API_TOKEN/);
    }
    expect(evil.requests).toEqual([]);
    expect(world.lab.requests).toEqual([]);
    expect(existsSync(marker)).toBe(false);
  });

  it('says what differs, and every way out of it', async () => {
    const ran = await rollcall('discover-all', { ...NAMED_PROD, ...at(evil), ...INSECURE });
    expect(ran.stderr).toBe(
      'error: PROXMOX_VE_ENDPOINT and PROXMOX_VE_INSECURE differ from what is stored of prod, and its stored credential is ' +
        'sent nowhere else\nhint: unset PROXMOX_VE_ENDPOINT and PROXMOX_VE_INSECURE; store the address: rollcall providers ' +
        'update prod --endpoint …; store the trust: rollcall providers trust prod; or give this run a credential of its own: ' +
        'PROXMOX_VE_API_TOKEN\n',
    );
  });

  it.each<[string, (lab: Lab) => { flags?: string; env?: Record<string, string> }]>([
    ['as it is stored', () => ({})],
    ['with the stored address by a flag', (lab) => ({ flags: `--endpoint ${lab.url}` })],
    [
      'with the stored address and fingerprint by flags',
      (lab) => ({ flags: `--endpoint ${lab.url} --fingerprint ${lab.fingerprint}` }),
    ],
    ['with the stored address by the environment', (lab) => ({ env: at(lab) })],
    [
      'with the stored name and trust by the environment',
      (lab) => ({ env: { ...at(lab), ...NAMED_PROD, PROXMOX_VE_FINGERPRINT: lab.fingerprint } }),
    ],
    ['while the environment says something of another server', () => ({ env: { ...at(evil), ...INSECURE } })],
    ['while the environment names it and no address', () => ({ env: { ...NAMED_PROD, ...INSECURE } })],
  ])('is used %s', async (_name, way) => {
    const { flags = '', env = {} } = way(world.lab);
    expect(await rollcall(`discover-all ${flags}`, env)).toMatchObject({ status: EXIT.done });
    expect(existsSync(marker)).toBe(true);
    expect(evil.requests).toEqual([]);
  });

  it('is spared where the environment brings a credential with its address', async () => {
    const env = { ...NAMED_PROD, ...at(evil), ...INSECURE, PROXMOX_VE_API_TOKEN: evil.token };
    const ran = await rollcall('discover-all -o json', env);
    expect(ran.rows).toMatchObject([{ providerName: 'prod', summary: { total: 1 } }]);
    const flags = await rollcall(`providers test --provider prod --endpoint ${evil.url} --insecure`, {
      PROXMOX_VE_API_TOKEN: evil.token,
    });
    expect(flags.stdout).toMatch(/ok +authentication/);
    expect(existsSync(marker)).toBe(false);
  });

  it('of one of several needs the address beside the credential', async () => {
    await rollcall(`providers add second --no-check --endpoint ${evil.url} --token-id a@pve!b --secret env:NONE`);
    const env = { PROXMOX_VE_API_TOKEN: world.lab.token };
    const all = await rollcall('providers test --insecure', env);
    expect(all).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringMatching(/PROXMOX_VE_API_TOKEN and --endpoint\n/),
    });
    expect(all.stderr).toMatch(/2 problems[\s\S]+ of prod,[\s\S]+ of second,/);
    expect(world.lab.requests).toEqual([]);
    const one = await rollcall(`providers test --insecure --endpoint ${world.lab.url}`, env);
    expect(one.stdout).toMatch(/ok +authentication/);
    expect(existsSync(marker)).toBe(false);
  });

  it('is used with an address that the command line gives to `providers update`, and with none of the environment', async () => {
    await rollcall('discover-all');
    const env = { ...NAMED_PROD, ...at(evil), ...INSECURE };
    evil.clearRequests();
    expect(await rollcall('providers update prod --interval 5m', env)).toMatchObject({ status: EXIT.done });
    expect(await rollcall('providers trust prod', env)).toMatchObject({ status: EXIT.done });
    expect(evil.requests).toEqual([]);
    const moved = await rollcall(`providers update prod --endpoint ${evil.url} --insecure`);
    // That is what the command is for; the server is asked whether it is the same cluster, and says no.
    expect(moved).toMatchObject({ status: EXIT.denied });
    expect(evil.requests.length).toBeGreaterThan(0);
    const connection = await openDatabase(world.databaseUrl);
    const row = await connection.db.provider.findFirstOrThrow();
    await connection.close();
    expect(row).toMatchObject({ endpoints: [world.lab.url], tls: { mode: 'fingerprint' } });
  });

  it('is not sent to addresses that another server told of', async () => {
    await rollcall('discover-all');
    const health = async () => {
      const connection = await openDatabase(world.databaseUrl);
      const rows = await connection.db.endpointHealth.findMany({ orderBy: { url: 'asc' } });
      await connection.close();
      return rows.map(({ url }) => url);
    };
    const before = await health();
    const env = {
      PROXMOX_VE_ENDPOINT: `${world.lab.url},${evil.url}`,
      ...INSECURE,
      PROXMOX_VE_API_TOKEN: world.lab.token,
    };
    await rollcall('discover-all', env);
    expect(await health()).toEqual(before);
  });

  it('is not sent to the address of the environment once its certificate is confirmed', async () => {
    const questions: string[] = [];
    const yes = async (message: string) => questions.push(message) > 0;
    const none = () => Promise.reject(new Error('nothing is asked'));
    const ask = { confirm: yes, text: none, secret: none, choose: none };
    const env = { ...NO_ENVIRONMENT, ...NAMED_PROD, ...at(evil), PROXMOX_VE_API_TOKEN: evil.token };
    const ran = await world.rollcall('discover-all', { env, io: { ask } });
    expect(ran).toMatchObject({ status: EXIT.unreachable });
    expect(questions).toEqual([]);
    expect(existsSync(marker)).toBe(false);
  });
});

describe('a stored provider', () => {
  it('is not replaced by another server under its name', async () => {
    const env = { ...NAMED_PROD, PROXMOX_VE_API_TOKEN: evil.token };
    const ran = await rollcall(`discover-all --endpoint ${evil.url} --insecure`, env);
    expect(ran).toEqual({
      status: EXIT.usage,
      stdout: '',
      stderr:
        'error: prod is the name of a stored provider, which has other addresses\n' +
        'hint: for that one use --provider prod; give the other one a name with PROXMOX_VE_NAME\n',
    });
    expect(evil.requests).toEqual([]);
  });

  it('that came from the environment follows it, as its credential does', async () => {
    await rollcall('providers remove prod --yes');
    const env = { ...at(evil), ...INSECURE, PROXMOX_VE_NAME: 'by-env', PROXMOX_VE_API_TOKEN: evil.token };
    expect((await rollcall('discover-all', env)).stdout).toMatch(/^by-env: 1 guest/);
    const moved = { ...env, ...at(world.lab), PROXMOX_VE_API_TOKEN: world.lab.token };
    expect((await rollcall('providers test', moved)).stdout).toMatch(/ok +authentication/);
  });
});

const dir = tempDir();

function caFile(): string {
  const file = path.join(dir, 'evil-ca.pem');
  writeFileSync(file, evil.caPem);
  return file;
}

describe('what keeps to what is stored', () => {
  const prints = ['AA', 'BB', 'CC'].map((byte) => Array.from({ length: 32 }, () => byte).join(':'));
  const [a = '', b = '', c = ''] = prints;
  const pinned: TlsTrust = { mode: 'fingerprint', sha256: '', pins: { 'https://one:8006': a, two: b } };
  const of = (tls: TlsTrust, ...endpoints: string[]) => ({ endpoints, tls });

  it.each<[string, boolean, ReturnType<typeof of>, ReturnType<typeof of>]>([
    [
      'some of the addresses, in another order',
      true,
      of({ mode: 'system' }, 'b', 'a'),
      of({ mode: 'system' }, 'a', 'b', 'c'),
    ],
    ['one address more', false, of({ mode: 'system' }, 'a', 'b'), of({ mode: 'system' }, 'a')],
    ['a pinned fingerprint', true, of({ mode: 'fingerprint', sha256: a }, 'a'), of(pinned, 'a')],
    ['all pinned fingerprints', true, of({ mode: 'fingerprint', sha256: `${b},${a}` }, 'a'), of(pinned, 'a')],
    ['a fingerprint more', false, of({ mode: 'fingerprint', sha256: `${a},${c}` }, 'a'), of(pinned, 'a')],
    ['the authorities of the system in place of a pin', false, of({ mode: 'system' }, 'a'), of(pinned, 'a')],
    ['a pin in place of the authorities of the system', false, of(pinned, 'a'), of({ mode: 'system' }, 'a')],
    ['the same CA file', true, of({ mode: 'ca', caFile: '/x' }, 'a'), of({ mode: 'ca', caFile: '/x' }, 'a')],
    ['another CA file', false, of({ mode: 'ca', caFile: '/y' }, 'a'), of({ mode: 'ca', caFile: '/x' }, 'a')],
    ['the same CA', true, of({ mode: 'cluster-ca', pem: 'x' }, 'a'), of({ mode: 'cluster-ca', pem: 'x' }, 'a')],
    ['another CA', false, of({ mode: 'cluster-ca', pem: 'y' }, 'a'), of({ mode: 'cluster-ca', pem: 'x' }, 'a')],
    ['no verification in place of a CA', false, of({ mode: 'insecure' }, 'a'), of({ mode: 'ca', caFile: '/x' }, 'a')],
    ['a verification where there was none', true, of(pinned, 'a'), of({ mode: 'insecure' }, 'a')],
  ])('%s: %s', (_name, expected, used, stored) => {
    expect(connectsAsStored({ stored, used })).toBe(expected);
  });

  it('counts for a reference to any other variable than those that describe a connection', () => {
    const of = (secretRef: string): ProviderConfig => ({
      name: 'prod',
      type: 'proxmox',
      endpoints: ['https://prod:8006'],
      tls: { mode: 'system' },
      credential: { kind: 'token', tokenId: 'a@pve!b', secretRef },
    });
    const choose = (secretRef: string) =>
      selectProviders({ stored: [of(secretRef)], flags: { insecure: true }, env: {}, cwd: '/', names: [] });
    for (const reference of ['env:PROXMOX_PROD_SECRET', 'env:OTHER', 'file:/x', 'keyring:a/b', 'command:x'])
      expect(() => choose(reference)).toThrow(expect.objectContaining({ code: 'configuration' }));
    expect(choose('env:PROXMOX_TOKEN_SECRET').targets[0]?.used.tls).toEqual({ mode: 'insecure' });
  });
});
