import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { generate } from 'selfsigned';
import type { RunProgram } from '../../src/providers/manifest.ts';
import type { AppError } from '../../src/types/errors.ts';
import type { ResolvedCredential } from '../../src/types/provider.ts';
import { problem } from '../providers/conformance/azure-lab.ts';
import { CLIENT, TENANT } from '../providers/conformance/azure-login.ts';
import { AzureWorld } from './azure-world.ts';

const SECOND = '0d1e2f3a-1111-4222-8333-444455556666';

function login(way: string, secret?: string): { credential: ResolvedCredential } {
  return { credential: { kind: 'login', login: way, ...(secret !== undefined && { secret }) } };
}

async function failureOf(work: Promise<unknown>): Promise<AppError> {
  return work.then(
    () => {
      throw new Error('it should fail');
    },
    (error: AppError) => error,
  );
}

describe('a login of Azure', () => {
  let world: AzureWorld;
  let pem = '';
  beforeAll(async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'rollcall' }], { keySize: 2048 });
    pem = `${key}\n${cert}`;
  });
  beforeEach(async () => {
    world = await AzureWorld.start();
    world.cloud.add('web', { subscription: world.first.id });
  });
  afterEach(() => world.close());

  it('is made once for all calls of a run, for the management of Azure alone', async () => {
    const provider = world.connect();
    expect((await world.discover(provider)).guests).toHaveLength(1);
    await world.discover(provider);
    expect(world.lab.login.asked).toEqual(['client_credentials https://management.azure.com/.default']);
  });

  it('is made anew when the token ends before its time', async () => {
    const provider = world.connect();
    await world.discover(provider);
    world.lab.login.tokens.clear();
    expect(await world.discover(provider)).toMatchObject({ guests: [expect.anything()] });
    expect(world.lab.login.asked).toHaveLength(2);
  });

  it('is made anew once, and no more, for a token that is refused again', async () => {
    world.lab.spoil = (target) =>
      target.startsWith('/subscriptions') ? problem(401, 'InvalidAuthenticationToken', 'no') : null;
    const provider = world.connect();
    const error = await failureOf(provider.identify());
    expect(error).toMatchObject({ code: 'unauthenticated', hint: expect.stringContaining('secret or certificate') });
    expect(world.lab.login.asked).toHaveLength(2);
    expect(world.lab.requests.filter((target) => target.startsWith('/subscriptions'))).toHaveLength(2);
    expect(provider.requestCount()).toBe(4);
  });

  it('fails with what is wrong, and without the secret', async () => {
    const secret = 'not-the-secret-of-this-client';
    const error = await failureOf(world.discover(world.connect(login(`secret:${TENANT}/${CLIENT}`, secret))));
    expect(error).toMatchObject({ code: 'unauthenticated' });
    expect(error.message).toContain('AADSTS7000215: Invalid client secret provided');
    expect(error.message).not.toContain('Trace ID');
    expect(`${error.stack} ${error.hint}`).not.toContain(secret);
  });

  it('works by a certificate, which is not sent', async () => {
    world.lab.login.certificate = pem;
    const provider = world.connect(login(`certificate:${TENANT}/${CLIENT}`, pem));
    expect((await world.discover(provider)).guests).toHaveLength(1);
  });

  it('fails by a certificate that is not the one of the client', async () => {
    const other = await generate([{ name: 'commonName', value: 'rollcall' }], { keySize: 2048 });
    world.lab.login.certificate = other.cert;
    const error = await failureOf(world.discover(world.connect(login(`certificate:${TENANT}/${CLIENT}`, pem))));
    expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('AADSTS700027') });
  });

  it.each(['no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'refuses a file that is none: %s',
    (text) => {
      expect(() => world.connect(login(`certificate:${TENANT}/${CLIENT}`, text))).toThrow(
        'certificate and its private key',
      );
    },
  );

  it('refuses a certificate whose key is not RSA, and says so', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'rollcall' }], { keyType: 'ec' });
    const connect = (): unknown => world.connect(login(`certificate:${TENANT}/${CLIENT}`, `${key}\n${cert}`));
    expect(connect).toThrow(expect.objectContaining({ code: 'configuration', hint: expect.stringContaining('RSA') }));
    expect(connect).toThrow('the key of the login is ec, not RSA');
  });

  it('works by the token of az, whose end it tells', async () => {
    const asked: unknown[] = [];
    const token = 'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.YXo.c2lnbmVk';
    world.lab.login.tokens.add(token);
    const runProgram: RunProgram = async (program, args) => {
      asked.push([program, ...args]);
      return JSON.stringify({
        accessToken: token,
        expires_on: Math.floor(Date.now() / 1_000) + 3_000,
        tokenType: 'Bearer',
      });
    };
    const provider = world.connect(login('cli'), { runProgram });
    expect((await world.discover(provider)).guests).toHaveLength(1);
    expect(asked).toEqual([
      ['az', 'account', 'get-access-token', '--resource', 'https://management.azure.com/', '--output', 'json'],
    ]);
  });

  it('shows nothing of what az prints', async () => {
    const runProgram: RunProgram = async () => 'Please run az login; the-last-token';
    const error = await failureOf(world.discover(world.connect(login('cli'), { runProgram })));
    expect(error).toMatchObject({ code: 'configuration' });
    expect(`${error.stack} ${error.hint}`).not.toContain('the-last-token');
  });
});

// MSAL reads once in a process where a machine is told of its identity.
describe('the identity of a machine', () => {
  let world: AzureWorld;
  beforeAll(async () => {
    world = await AzureWorld.start();
    world.cloud.add('web', { subscription: world.first.id });
    process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] = world.lab.url;
  });
  beforeEach(() => {
    world.lab.spoil = () => null;
    world.lab.login.asked.length = 0;
  });
  afterAll(async () => {
    delete process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST'];
    await world.close();
  });

  it('logs in, and one of several does', async () => {
    const own = world.connect(login('managed-identity'));
    expect((await world.discover(own)).guests).toHaveLength(1);
    own.close();
    // MSAL would go on with the connection that is closed by now.
    expect((await world.discover(world.connect(login(`managed-identity:${SECOND}`)))).guests).toHaveLength(1);
    expect(world.lab.login.asked).toEqual([
      'machine itself https://management.azure.com/',
      `machine ${SECOND} https://management.azure.com/`,
    ]);
  });

  it('is asked for again once its token is over', async () => {
    const { lifeSeconds } = world.lab.login;
    world.lab.login.lifeSeconds = 2;
    const provider = world.connect(login('managed-identity'));
    await provider.identify();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await provider.identify();
    world.lab.login.lifeSeconds = lifeSeconds;
    expect(world.lab.login.asked).toHaveLength(2);
  });

  it('fails with what is wrong where the machine is not told of it', async () => {
    world.lab.spoil = (target) => (target.startsWith('/metadata') ? { status: 500, text: '{}' } : null);
    const error = await failureOf(world.discover(world.connect(login('managed-identity'))));
    expect(error).toMatchObject({ code: 'server', message: expect.stringContaining('/metadata/identity') });
  });
});
