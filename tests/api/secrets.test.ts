import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '../../src/types/errors.ts';
import type { ServerCredential } from '../../src/types/provider.ts';
import { DEAD } from '../helpers/dead-address.ts';
import { type ReplayAnswer, type ReplayServer, startReplay } from '../helpers/replay-server.ts';
import { clientOf, failure } from './open-client.ts';

const TOKEN_SECRET = '0d6c1f9e-aaaa-bbbb-cccc-5ec4e7t0ken5';
const PASSWORD = 'p4ss w0rd/+=very&secret';
const TICKET = 'PVE:admin@pve:6B00FCA0::AOqYnHhVUCNHBZZ+secret/ticket==';
const CSRF = '6B00FC8B:rfJHgdXM0AHiejj27GZOn6L7wFYVa74g4ivOfqr6q5Y';
const TOTP = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
function spellings(secrets: readonly string[]): string[] {
  return secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ a: secret }).toString().slice(2),
    Buffer.from(secret).toString('base64'),
  ]);
}

/** What a client with this credential has, and whoever reads its errors must not. */
const secretsOf = {
  token: spellings([TOKEN_SECRET, TICKET]),
  password: spellings([PASSWORD, TICKET, CSRF, TOTP]),
  login: spellings([PASSWORD, TICKET, TOTP]),
};

const credentials: Record<string, ServerCredential> = {
  token: { kind: 'token', tokenId: 'rollcall@pve!ro', secret: TOKEN_SECRET },
  ticket: { kind: 'password', user: 'admin@pve', password: PASSWORD, totpSecret: TOTP },
};

const failures: Record<string, ReplayAnswer> = {
  ...Object.fromEntries(
    [301, 400, 401, 403, 404, 429, 500, 501, 502, 503, 504, 595, 596, 599].map((status) => [
      status,
      { status, reason: `no ${TOKEN_SECRET} ${TICKET} ${PASSWORD}`, body: { data: null } },
    ]),
  ),
  'an error that repeats what it got': {
    status: 400,
    body: { message: `bad ${encodeURIComponent(TICKET)} ${TOKEN_SECRET}`, errors: { password: PASSWORD, csrf: CSRF } },
  },
  'a page that repeats what it got': { status: 200, body: `${TOKEN_SECRET} ${PASSWORD}` },
  'no data': { status: 200, body: '{}' },
  'a cut body': { status: 200, body: '{"data":' },
  'another shape': { status: 200, body: { data: 7 } },
};

let server: ReplayServer;
let onRead: ReplayAnswer | undefined;
let onLogin: ReplayAnswer | undefined;
const login: ReplayAnswer = { status: 200, body: { data: { ticket: TICKET, CSRFPreventionToken: CSRF } } };

beforeAll(async () => {
  server = await startReplay({}, { onRequest: (key) => (key.startsWith('POST') ? (onLogin ?? login) : onRead) });
});
afterAll(() => server.close());

/** Everything that a program could print of an error. */
function everythingOf(error: AppError): string {
  const wrapped = new Error('wrapped', { cause: error });
  return [
    error.message,
    error.hint,
    error.stack,
    String(error),
    JSON.stringify(error, Object.getOwnPropertyNames(error)),
    inspect(error, { depth: null, showHidden: true }),
    inspect(wrapped, { depth: null, showHidden: true }),
  ].join('\n');
}

function expectNoSecret(error: AppError, secrets: readonly string[]): void {
  expect(error).toBeInstanceOf(AppError);
  expect(error.cause).toBeUndefined();
  const printed = everythingOf(error);
  expect(secrets.filter((secret) => printed.includes(secret))).toEqual([]);
}

async function errorOf(credential: ServerCredential, options = {}): Promise<AppError> {
  const client = clientOf(server, {
    credential,
    retries: 1,
    timeoutsMs: { metadata: 300, login: 300, connect: 300 },
    ...options,
  });
  const error = await failure(client.getVersion());
  client.close();
  return error;
}

describe.each(Object.entries(credentials))('no secret of a %s is in', (_name, credential) => {
  const secrets = secretsOf[credential.kind];

  it.each(Object.keys(failures))('the error for %s', async (name) => {
    onLogin = undefined;
    onRead = failures[name];
    expectNoSecret(await errorOf(credential), secrets);
  });

  it('errors of the network', async () => {
    expectNoSecret(await errorOf(credential, { endpoints: [DEAD] }), secrets);
    expectNoSecret(await errorOf(credential, { endpoints: ['https://nope.invalid'] }), secrets);
    expectNoSecret(await errorOf(credential, { tls: {} }), secrets);
    expectNoSecret(await errorOf(credential, { tls: { fingerprint: 'AB'.repeat(32) } }), secrets);
    expectNoSecret(await errorOf(credential, { signal: AbortSignal.abort(new Error(PASSWORD)) }), secrets);
  });

  it('an error when the server says nothing', async () => {
    const mute = await startReplay({}, { onRequest: () => new Promise(() => undefined) });
    expectNoSecret(await errorOf(credential, { endpoints: [mute.url], tls: { ca: mute.caPem } }), secrets);
    await mute.close();
  });

  it('a printed client or transport', async () => {
    onRead = { status: 200, body: { data: { version: '8' } } };
    const client = clientOf(server, { credential });
    await client.getVersion();
    const printed = inspect(client, { depth: null, showHidden: true }) + JSON.stringify(client);
    client.close();
    expect(secrets.filter((secret) => printed.includes(secret))).toEqual([]);
  });
});

it.each(Object.keys(failures))('no secret of a login is in the error for %s', async (name) => {
  onLogin = failures[name];
  expectNoSecret(await errorOf(credentials['ticket'] as ServerCredential), secretsOf.login);
});
