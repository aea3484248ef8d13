import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { databaseUrl } from '../../src/app/config/database-location.ts';
import { hostOf, toEndpoint } from '../../src/app/config/endpoint.ts';
import { type ConnectionFlags, environmentProvider } from '../../src/app/config/environment-provider.ts';
import { Problems } from '../../src/app/config/problems.ts';
import { type CredentialFlags, credentialFromFlags, newProvider } from '../../src/app/config/provider-settings.ts';
import { resolveCredential, resolveSecret } from '../../src/app/config/secret.ts';
import { splitCommand } from '../../src/app/config/secret-command.ts';
import { selectProviders } from '../../src/app/config/select-providers.ts';
import { resolveTls } from '../../src/app/config/tls.ts';
import { proxmox } from '../../src/providers/proxmox/manifest.ts';
import { vsphere } from '../../src/providers/vsphere/manifest.ts';
import type { Credential, ProviderConfig } from '../../src/types/provider.ts';
import { compileWildcard } from '../../src/types/wildcard.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
const PRINT = 'ab'.repeat(32);
const COLONS = Array.from({ length: 32 }, () => 'AB').join(':');
const TOKEN = 'root@pam!lab=11111111-2222-3333-4444-555555555555';
const caFile = path.join(dir, 'ca.pem');
writeFileSync(caFile, '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n');

function fixesOf(act: (problems: Problems) => unknown): (string | undefined)[] {
  const problems = new Problems();
  act(problems);
  return problems.list.map(({ fix }) => fix);
}

/** What is found wrong, in the words of the error. */
function problemsOf(act: (problems: Problems) => unknown): string {
  const problems = new Problems();
  act(problems);
  try {
    problems.throwIfAny();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}

describe('an endpoint', () => {
  it.each([
    ['pve', 'https://pve:8006'],
    ['pve.example.com:9006', 'https://pve.example.com:9006'],
    ['https://pve.example.com', 'https://pve.example.com:8006'],
    ['https://pve.example.com:443', 'https://pve.example.com:443'],
    ['HTTPS://pve:8006/', 'https://pve:8006'],
    ['https://pve:8006/api2/json', 'https://pve:8006'],
    ['10.0.0.5', 'https://10.0.0.5:8006'],
    ['fd00::5', 'https://[fd00::5]:8006'],
    ['[fd00::5]:8007', 'https://[fd00::5]:8007'],
    ['https://proxy/pve', 'https://proxy:443/pve'],
    ['https://proxy:8443/sites/a.b~c/', 'https://proxy:8443/sites/a.b~c'],
    ['https://proxy/pve/api2/json/', 'https://proxy:443/pve'],
  ])('%s is %s', (input, expected) => {
    const problems = new Problems();
    expect(toEndpoint(input, 'X', problems, proxmox)).toBe(expected);
    expect(problems.count).toBe(0);
  });

  it.each([
    'http://pve:8006',
    'ftp://pve',
    '',
    'a b',
    'pve/path',
    'user@pve',
    'pve:99999',
    'https://p/a/../b',
    'https://p/a?b',
    'https://p/#v1',
    'https://p/a b',
  ])('%j is none', (input) => {
    expect(problemsOf((problems) => toEndpoint(input, 'PROXMOX_HOST', problems, proxmox))).toContain('PROXMOX_HOST');
  });

  it.each(['fd00::2:8006', 'https://::1:8006/'])('%s could be two things, and is asked for in brackets', (text) => {
    const problems = new Problems();
    expect(toEndpoint(text, 'PROXMOX_HOST', problems, proxmox)).toBeNull();
    const bare = text.replace(/^https:\/\/|\/$/g, '').replace(/:8006$/, '');
    expect(problems.list).toEqual([
      {
        what: 'PROXMOX_HOST is an IPv6 address that ends in the usual port',
        fix: `write the port outside brackets: [${bare}]:8006; or mean the address: [${bare}:8006]:8006`,
      },
    ]);
    const other = new Problems();
    expect(toEndpoint('fd00::2:443', '--endpoint', other, vsphere)).toBeNull();
    expect(other.list[0]?.fix).toBe(
      'write the port outside brackets: [fd00::2]:443; or mean the address: [fd00::2:443]:443',
    );
    expect(toEndpoint('fd00::2:8006', '--endpoint', other, vsphere)).toBe('https://[fd00::2:8006]:443');
  });

  it('has a host', () =>
    expect([hostOf('https://[fd00::5]:8006'), hostOf('https://pve:8006')]).toEqual(['fd00::5', 'pve']));
});

function fromEnv(env: Record<string, string>, flags: ConnectionFlags = {}) {
  const problems = new Problems();
  const provider = environmentProvider({ flags, env, cwd: dir }, problems);
  return { provider, problems };
}

describe('the environment', () => {
  it('describes a provider by endpoint and token, without the secret', () => {
    const { provider } = fromEnv({ PROXMOX_VE_ENDPOINT: 'https://pve.example.com:8006/', PROXMOX_VE_API_TOKEN: TOKEN });
    expect(provider).toEqual({
      name: 'pve.example.com',
      type: 'proxmox',
      endpoints: ['https://pve.example.com:8006'],
      tls: { mode: 'system' },
      credential: { kind: 'token', tokenId: 'root@pam!lab', secretRef: 'env:PROXMOX_VE_API_TOKEN' },
    });
  });

  it('may have the token in parts, several hosts and a name', () => {
    const { provider } = fromEnv({
      PROXMOX_HOST: 'pve1, pve2:8007',
      PROXMOX_USER: 'root@pam',
      PROXMOX_TOKEN_ID: 'lab',
      PROXMOX_TOKEN_SECRET: 's',
      PROXMOX_VE_NAME: 'prod',
      PROXMOX_VE_FINGERPRINT: `sha256:${PRINT}`,
    });
    expect(provider).toMatchObject({
      name: 'prod',
      endpoints: ['https://pve1:8006', 'https://pve2:8007'],
      tls: { mode: 'fingerprint', sha256: COLONS },
      credential: { tokenId: 'root@pam!lab', secretRef: 'env:PROXMOX_TOKEN_SECRET' },
    });
  });

  it('may have a password and a second factor', () => {
    const { provider } = fromEnv({
      PROXMOX_HOST: 'pve',
      PROXMOX_USER: 'a@pve',
      PROXMOX_PASSWORD: 'p',
      PROXMOX_TOTP_SECRET: 't',
      PROXMOX_VE_INSECURE: 'TRUE',
    });
    expect(provider?.credential).toEqual({
      kind: 'password',
      user: 'a@pve',
      passwordRef: 'env:PROXMOX_PASSWORD',
      totpRef: 'env:PROXMOX_TOTP_SECRET',
    });
    expect(provider?.tls).toEqual({ mode: 'insecure' });
  });

  it('comes after flags', () => {
    const { provider } = fromEnv(
      { PROXMOX_VE_ENDPOINT: 'a', PROXMOX_VE_API_TOKEN: TOKEN, PROXMOX_VE_INSECURE: '1' },
      { endpoint: ['b', 'c'], caFile: 'ca.pem' },
    );
    expect(provider).toMatchObject({
      name: 'b',
      endpoints: ['https://b:8006', 'https://c:8006'],
      tls: { mode: 'ca', caFile },
    });
  });

  it.each<[string, Record<string, string>, ConnectionFlags, RegExp]>([
    ['no host', { PROXMOX_VE_API_TOKEN: TOKEN }, {}, /no Proxmox VE server is named/],
    ['no credential', { PROXMOX_HOST: 'pve' }, {}, /no token/],
    [
      'a token without secret',
      { PROXMOX_HOST: 'pve', PROXMOX_VE_API_TOKEN: 'root@pam!lab' },
      {},
      /is not an API token/,
    ],
    ['a token without realm', { PROXMOX_HOST: 'pve', PROXMOX_VE_API_TOKEN: 'root!lab=x' }, {}, /is not an API token/],
    ['a token id alone', { PROXMOX_HOST: 'pve', PROXMOX_TOKEN_ID: 'root@pam!lab' }, {}, /without PROXMOX_TOKEN_SECRET/],
    [
      'a token name alone',
      { PROXMOX_HOST: 'pve', PROXMOX_TOKEN_ID: 'lab', PROXMOX_TOKEN_SECRET: 's' },
      {},
      /not the id of a token/,
    ],
    ['a user alone', { PROXMOX_HOST: 'pve', PROXMOX_USER: 'root@pam' }, {}, /without a password or token/],
    ['a password alone', { PROXMOX_HOST: 'pve', PROXMOX_PASSWORD: 'p' }, {}, /without PROXMOX_USER/],
    ['a user without realm', { PROXMOX_HOST: 'pve', PROXMOX_USER: 'root', PROXMOX_PASSWORD: 'p' }, {}, /has no realm/],
    [
      'half a truth',
      { PROXMOX_HOST: 'pve', PROXMOX_VE_API_TOKEN: TOKEN, PROXMOX_VE_INSECURE: 'maybe' },
      {},
      /neither true nor false/,
    ],
    [
      'a short fingerprint',
      { PROXMOX_HOST: 'pve', PROXMOX_VE_API_TOKEN: TOKEN, PROXMOX_VE_FINGERPRINT: 'AA:BB' },
      {},
      /is not a SHA-256/,
    ],
    [
      'no CA file',
      { PROXMOX_HOST: 'pve', PROXMOX_VE_API_TOKEN: TOKEN, PROXMOX_VE_CA_FILE: 'nowhere.pem' },
      {},
      /there is no file/,
    ],
    [
      'a CA that is a device, which would be read for ever',
      { PROXMOX_HOST: 'pve', PROXMOX_VE_API_TOKEN: TOKEN, PROXMOX_VE_CA_FILE: '/dev/zero' },
      {},
      /PROXMOX_VE_CA_FILE: \/dev\/zero is not a regular file/,
    ],
    [
      'a CA folder',
      { PROXMOX_HOST: 'pve', PROXMOX_VE_API_TOKEN: TOKEN, PROXMOX_VE_CA_FILE: '.' },
      {},
      /cannot be read \(EISDIR\)/,
    ],
    [
      'a contradiction',
      { PROXMOX_HOST: 'pve', PROXMOX_VE_API_TOKEN: TOKEN },
      { insecure: true, caFile },
      /--insecure contradicts --ca-file/,
    ],
    [
      'a pin and no check',
      { PROXMOX_HOST: 'pve', PROXMOX_VE_API_TOKEN: TOKEN },
      { insecure: true, fingerprint: PRINT },
      /contradicts --fingerprint/,
    ],
  ])('with %s is not enough, and no secret is told', (_name, env, flags, expected) => {
    const { problems } = fromEnv(env, flags);
    let message = '';
    try {
      problems.throwIfAny();
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(expected);
    expect(message).not.toContain('11111111-2222');
  });

  it('tells all of its problems at once, each with its fix', () => {
    const { problems } = fromEnv({
      PROXMOX_HOST: 'http://pve',
      PROXMOX_VE_API_TOKEN: 'x',
      PROXMOX_VE_FINGERPRINT: 'y',
    });
    expect(() => problems.throwIfAny()).toThrow(
      expect.objectContaining({
        code: 'configuration',
        message: `the configuration has 3 problems:
  - PROXMOX_HOST has the scheme http, but Proxmox VE answers HTTPS only
    write it as https://pve.example.com:8006
  - PROXMOX_VE_API_TOKEN is not an API token
    write it as user@realm!name=secret: PROXMOX_VE_API_TOKEN='rollcall@pve!ro=0000…'
  - PROXMOX_VE_FINGERPRINT is not a SHA-256 fingerprint
    it has 64 hexadecimal digits, as \`pvenode cert info\` or the web interface (Node, Certificates) shows them`,
      }),
    );
  });
});

describe('the database', () => {
  it.each([
    ['file:a.db', `file:${path.join(dir, 'a.db')}`],
    ['file:/a.db', 'file:/a.db'],
    ['file:///a.db', 'file:/a.db'],
    ['postgresql://u:p@h/d', 'postgresql://u:p@h/d'],
  ])('%s', (url, expected) => {
    expect(databaseUrl(url, {}, dir)).toBe(expected);
    expect(databaseUrl(undefined, { DATABASE_URL: url }, dir)).toBe(expected);
  });

  it('is in the data directory of the user by default', () => {
    expect(databaseUrl(undefined, { DATABASE_URL: ' ' }, dir)).toMatch(/^file:\/.*rollcall.*rollcall\.db$/);
  });

  it.each([
    ['mysql://u:secret@h/d', 'write --db as file:/path/to/rollcall.db'],
    ['my.db', 'for a SQLite file write file:my.db'],
    ['file:', 'write --db as file:/path/to/rollcall.db'],
  ])('%s is none', (url, hint) => {
    expect(() => databaseUrl(url, {}, dir)).toThrow(
      expect.objectContaining({ code: 'configuration', hint, message: '--db is neither file:PATH nor postgresql://…' }),
    );
  });
});

describe('a secret', () => {
  const sources = {
    env: { T: ' s3cret\n', PATH: process.env['PATH'] },
    cwd: dir,
    signal: new AbortController().signal,
    commands: { has: () => true, file: 'allowed-commands' },
  };
  const file = (name: string, text: string, mode: number) => {
    writeFileSync(path.join(dir, name), text);
    chmodSync(path.join(dir, name), mode);
    return `file:${name}`;
  };

  it('comes from the environment, a file or a command', async () => {
    expect(await resolveSecret('env:T', sources)).toBe('s3cret');
    expect(await resolveSecret(file('ok', 's3cret\n', 0o600), sources)).toBe('s3cret');
    expect(
      await resolveSecret(`command:"${process.execPath}" -e "console.log('s3cret'); console.log(2)"`, sources),
    ).toBe('s3cret');
  });

  it.each([
    ['env:NOPE', /the environment variable NOPE is not set/],
    ['file:nowhere', /cannot be read \(ENOENT\)/],
    ['keyring:rollcall', /has a service and an account/],
    ['command:nowhere-to-be-found', /the command for a secret failed: nowhere-to-be-found \(ENOENT\)/],
    ['s3cret-itself', /a secret is not given as a reference/],
  ])('%s is refused', async (reference, message) => {
    await expect(resolveSecret(reference, sources)).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringMatching(message),
      hint: expect.not.stringContaining('s3cret'),
    });
  });

  it('in a file that others can read is refused', async () => {
    await expect(resolveSecret(file('open', 's3cret', 0o640), sources)).rejects.toMatchObject({
      message: expect.stringMatching(/can be read by others \(mode 640\)$/),
      hint: expect.stringMatching(/^chmod 600 /),
    });
  });

  it('that is empty is refused', async () => {
    await expect(resolveSecret(file('empty', '\n', 0o600), sources)).rejects.toMatchObject({
      message: expect.stringMatching(/is empty$/),
    });
    await expect(resolveSecret(`command:${process.execPath} -e 0`, sources)).rejects.toMatchObject({
      message: expect.stringMatching(/printed nothing/),
    });
  });

  it('is not waited for after an interruption', async () => {
    const signal = AbortSignal.abort();
    await expect(resolveSecret(`command:${process.execPath} -e 0`, { ...sources, signal })).rejects.toMatchObject({
      code: 'interrupted',
    });
  });

  it('may be stored as a whole token', async () => {
    const credential: Credential = { kind: 'token', tokenId: 'a@pve!b', secretRef: 'env:W' };
    const resolved = (W: string) => resolveCredential(credential, { ...sources, env: { W } });
    expect(await resolved('a@pve!b=s')).toEqual({ kind: 'token', tokenId: 'a@pve!b', secret: 's' });
    expect(await resolved('s')).toEqual({ kind: 'token', tokenId: 'a@pve!b', secret: 's' });
  });

  it('of a password comes with its second factor', async () => {
    const credential: Credential = { kind: 'password', user: 'a@pve', passwordRef: 'env:T', totpRef: 'env:T' };
    expect(await resolveCredential(credential, sources)).toEqual({
      kind: 'password',
      user: 'a@pve',
      password: 's3cret',
      totpSecret: 's3cret',
    });
  });

  it.each([
    ['pass show  proxmox', ['pass', 'show', 'proxmox']],
    ['a "b c" \'d "e"\' f=\'g h\'', ['a', 'b c', 'd "e"', 'f=g h']],
    ["a ''", ['a', '']],
  ])('command line %j', (line, words) => {
    expect(splitCommand(line)).toEqual(words);
  });
});

describe('trust in a certificate', () => {
  it('becomes what the transport takes', () => {
    expect(resolveTls({ mode: 'system' })).toEqual({});
    expect(resolveTls({ mode: 'insecure' })).toEqual({ insecure: true });
    expect(resolveTls({ mode: 'fingerprint', sha256: COLONS })).toEqual({ fingerprint: COLONS });
    expect(resolveTls({ mode: 'ca', caFile }).ca).toContain('BEGIN CERTIFICATE');
  });

  it('in a file without a certificate is refused', () => {
    writeFileSync(path.join(dir, 'none.pem'), 'x');
    expect(() => resolveTls({ mode: 'ca', caFile: path.join(dir, 'none.pem') })).toThrow(
      expect.objectContaining({ code: 'configuration' }),
    );
  });
});

const stored = (name: string, endpoint: string, secretRef: string): ProviderConfig => ({
  name,
  type: 'proxmox',
  endpoints: [endpoint],
  tls: { mode: 'system' },
  credential: { kind: 'token', tokenId: 'a@pve!b', secretRef },
});

describe('the choice of providers', () => {
  const prod = stored('prod', 'https://prod:8006', 'file:/prod');
  const test = stored('test', 'https://test:8006', 'file:/test');
  const fromEnvironment = stored('pve', 'https://pve:8006', 'env:PROXMOX_VE_API_TOKEN');
  const env = { PROXMOX_HOST: 'pve', PROXMOX_VE_API_TOKEN: TOKEN };
  const choose = (
    all: readonly ProviderConfig[],
    {
      flags = {},
      names = [],
      env: variables = {},
    }: { flags?: ConnectionFlags; names?: string[]; env?: Record<string, string> } = {},
  ) => selectProviders({ stored: all, flags, env: variables, cwd: dir, names });
  const names = (selection: ReturnType<typeof choose>) => selection.targets.map(({ used }) => used.name);

  it('is the environment while nothing is stored', () => {
    const { targets } = choose([], { env });
    expect(targets).toHaveLength(1);
    expect(targets[0]?.used).toMatchObject({ name: 'pve', credential: { tokenId: 'root@pam!lab' } });
    expect(targets[0]?.stored).toBe(targets[0]?.used);
  });

  it('is a configuration error with everything that is missing while there is nothing', () => {
    expect(() => choose([])).toThrow(
      expect.objectContaining({ code: 'configuration', message: expect.stringMatching(/2 problems/) }),
    );
  });

  it('is all stored ones, or those that are named', () => {
    expect(names(choose([prod, test]))).toEqual(['prod', 'test']);
    expect(names(choose([prod, test], { names: ['te*'] }))).toEqual(['test']);
    expect(() => choose([prod, test], { names: ['prd'] })).toThrow(
      expect.objectContaining({ code: 'not-found', hint: 'did you mean prod? there are: prod, test' }),
    );
    expect(() => choose([], { names: ['prd'], env })).toThrow(
      expect.objectContaining({ code: 'not-found', hint: 'there are: pve' }),
    );
  });

  it('follows the environment when all that is stored came from it', () => {
    expect(names(choose([fromEnvironment], { env: { ...env, PROXMOX_HOST: 'other' } }))).toEqual(['other']);
    const other = stored('other', 'https://other:8006', 'env:PROXMOX_VE_API_TOKEN');
    expect(names(choose([fromEnvironment, other], { env }))).toEqual(['pve']);
    expect(names(choose([fromEnvironment, other]))).toEqual(['pve', 'other']);
  });

  it('does not take variables of another purpose for a provider beside stored ones, and says so', () => {
    const { targets, warnings } = choose([prod], { env });
    expect(targets).toEqual([{ stored: prod, used: prod }]);
    expect(warnings).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/^PROXMOX_HOST is set to a server/) }),
    ]);
    expect(choose([prod], { env, names: ['prod'] }).warnings).toEqual([]);
    const other = { ...env, PROXMOX_HOST: '', PROXMOX_VE_ENDPOINT: 'pve' };
    expect(choose([prod], { env: other }).warnings[0]?.message).toMatch(/^PROXMOX_VE_ENDPOINT/);
  });

  it('lets the environment change the provider that it names, and stores that only for one that came from it', () => {
    const byEndpoint = choose([prod, test], { env: { ...env, PROXMOX_HOST: 'prod' } });
    expect(byEndpoint.targets[0]).toMatchObject({
      stored: { credential: { secretRef: 'file:/prod' } },
      used: { credential: { tokenId: 'root@pam!lab' } },
    });
    expect(byEndpoint.targets[1]).toEqual({ stored: test, used: test });
    const byName = choose([fromEnvironment], { env: { ...env, PROXMOX_HOST: 'pve:9006', PROXMOX_VE_INSECURE: '1' } });
    expect(byName.targets[0]).toMatchObject({ stored: { endpoints: ['https://pve:9006'], tls: { mode: 'insecure' } } });
    const moved = choose([prod], { env: { ...env, PROXMOX_VE_NAME: 'prod', PROXMOX_HOST: 'prod2' } });
    expect(moved.targets[0]).toMatchObject({
      stored: prod,
      used: { endpoints: ['https://prod2:8006'], credential: { secretRef: 'env:PROXMOX_VE_API_TOKEN' } },
    });
  });

  it('is one by --endpoint, with what is stored for it', () => {
    const known = choose([prod, test], { flags: { endpoint: ['prod'] } });
    expect(known.targets).toEqual([{ stored: prod, used: prod }]);
    const moved = choose([prod, test], { flags: { endpoint: ['elsewhere'] }, names: ['prod'], env });
    expect(moved.targets[0]?.used).toMatchObject({
      endpoints: ['https://elsewhere:8006'],
      credential: { secretRef: 'env:PROXMOX_VE_API_TOKEN' },
    });
    const fresh = choose([prod], { flags: { endpoint: ['new'] }, names: ['third'], env });
    expect(fresh.targets[0]?.used).toMatchObject({ name: 'third', endpoints: ['https://new:8006'] });
    expect(() => choose([prod], { flags: { endpoint: ['http://prod'] }, names: ['prod'] })).toThrow(/HTTPS only/);
  });

  it('knows the address of a stored provider of another kind by its own port and pages', () => {
    const credential: Credential = { kind: 'password', user: 'ro@vsphere.local', passwordRef: 'file:/vc' };
    const vc: ProviderConfig = { ...test, name: 'vc', type: 'vsphere', endpoints: ['https://vc:443'], credential };
    for (const endpoint of ['vc', 'https://vc/ui/', 'https://vc:443']) {
      expect(choose([prod, vc], { flags: { endpoint: [endpoint] }, env }).targets).toEqual([{ stored: vc, used: vc }]);
    }
    expect(() => choose([prod, vc], { flags: { endpoint: ['vc:8006'] }, env })).toThrow(/has other addresses/);
  });

  it('uses flags about the certificate for the run only', () => {
    const { targets } = choose([prod], { flags: { fingerprint: PRINT }, env: { PROXMOX_VE_API_TOKEN: TOKEN } });
    expect(targets[0]).toMatchObject({ stored: { tls: { mode: 'system' } }, used: { tls: { mode: 'fingerprint' } } });
    expect(() => choose([prod], { flags: { fingerprint: 'x' } })).toThrow(
      expect.objectContaining({ code: 'configuration' }),
    );
  });

  it('knows wildcards', () => {
    expect([
      compileWildcard('p?od*')('PROD-1'),
      compileWildcard('a.c')('abc'),
      compileWildcard('prod')('prod-1'),
    ]).toEqual([true, false, false]);
  });
});

describe('a provider to store', () => {
  const passwordStored: Credential = { kind: 'password', user: 'a@pve', passwordRef: 'env:P' };
  const tokenStored: Credential = { kind: 'token', tokenId: 'a@pve!b', secretRef: 'env:S' };

  it.each<[string, CredentialFlags, Credential | null, Credential]>([
    [
      'a token',
      { tokenId: 'a@pve!b', secret: 'file:/s' },
      null,
      { kind: 'token', tokenId: 'a@pve!b', secretRef: 'file:/s' },
    ],
    ['another secret', { secret: 'file:/s' }, tokenStored, { kind: 'token', tokenId: 'a@pve!b', secretRef: 'file:/s' }],
    [
      'a password',
      { user: 'a@pve', password: 'env:P', totp: 'env:T' },
      null,
      { kind: 'password', user: 'a@pve', passwordRef: 'env:P', totpRef: 'env:T' },
    ],
    ['another user', { user: 'b@pve' }, passwordStored, { kind: 'password', user: 'b@pve', passwordRef: 'env:P' }],
  ])('with %s', (_name, flags, known, expected) => {
    expect(credentialFromFlags(flags, { stored: known, manifest: proxmox }, new Problems())).toEqual(expected);
  });

  it.each<[CredentialFlags, Credential | null, RegExp]>([
    [{ tokenId: 'a@pve!b' }, null, /--token-id is given without --secret/],
    [{ secret: 'env:S' }, passwordStored, /--secret is given without --token-id/],
    [{ tokenId: 'b', secret: 'env:S' }, null, /--token-id is not the id/],
    [{ tokenId: 'a@pve!b', secret: 's3cret' }, null, /^--secret is not a reference to a secret$/],
    [{ user: 'a', password: 'env:P' }, null, /--user has no realm/],
    [{ user: 'a@pve' }, tokenStored, /belong together/],
    [{ user: 'a@pve', tokenId: 'a@pve!b' }, null, /both a token and a password/],
  ])('not with %j', (flags, known, message) => {
    expect(
      problemsOf((problems) => credentialFromFlags(flags, { stored: known, manifest: proxmox }, problems)),
    ).toMatch(message);
  });

  it('refers to the environment without flags, and needs a proper name', () => {
    const env = { PROXMOX_HOST: 'pve', PROXMOX_VE_API_TOKEN: TOKEN };
    const add = (name: string) => (problems: Problems) =>
      newProvider(name, { type: 'proxmox', flags: {}, credential: {}, env, cwd: dir }, problems);
    expect(add('prod')(new Problems())).toMatchObject({
      name: 'prod',
      credential: { secretRef: 'env:PROXMOX_VE_API_TOKEN' },
    });
    expect(problemsOf(add('a/b'))).toMatch(/cannot be the name/);
  });

  it('gets advice on its certificate in the words of its kind', () => {
    const env = { VSPHERE_SERVER: 'vc', VSPHERE_USER: 'ro', VSPHERE_PASSWORD: 'x' };
    const add = (flags: ConnectionFlags) => (problems: Problems) =>
      newProvider('vc', { type: 'vsphere', flags, credential: {}, env, cwd: dir }, problems);
    expect(fixesOf(add({ fingerprint: 'zz' }))).toEqual([expect.stringContaining('as `openssl x509')]);
    expect(fixesOf(add({ caFile: 'none.pem' }))).toEqual([expect.stringContaining('/certs/download.zip')]);
  });
});
