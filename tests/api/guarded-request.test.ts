import dns from 'node:dns';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Server as TcpServer } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type GuardedRequest, sendGuarded } from '../../src/net/guarded-request.ts';
import { isPublicAddress } from '../../src/net/public-address.ts';
import { failure } from './open-client.ts';
import { closers, listen, replay } from './servers.ts';

const SECRET_PATH = '/hooks/T0000/s3cr3t';

/** A server over plain HTTP that counts connections. */
async function webServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end('ok'),
) {
  const server: Server = createServer(answer);
  let connections = 0;
  server.on('connection', () => (connections += 1));
  const port = await listen(server as unknown as TcpServer);
  closers.push(() => server.closeAllConnections());
  return { port, connections: () => connections };
}

const post = (url: string, options: Partial<GuardedRequest> = {}) =>
  sendGuarded({ url, method: 'POST', body: '{}', allowHttp: true, timeoutMs: 5000, ...options });
const ALLOWED = { allowedAddresses: ['127.0.0.1'] };

/** What names resolve to; a list for each look-up in turn. */
function resolveTo(...answers: string[][]): void {
  const lookup = (_name: string, _options: unknown, callback: (error: null, list: object[]) => void): void => {
    const addresses = answers.length > 1 ? answers.shift() : answers[0];
    callback(
      null,
      (addresses ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  jest.spyOn(dns, 'lookup').mockImplementation(lookup as unknown as typeof dns.lookup);
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a public address', () => {
  it.each([
    '1.1.1.1',
    '93.184.216.34',
    '172.32.0.1',
    '100.128.0.1',
    '192.169.0.1',
    '198.20.0.1',
    '223.255.255.255',
    '2606:4700::1111',
    '2a01:4f8::1',
  ])('is %s', (address) => expect(isPublicAddress(address)).toBe(true));

  // biome-ignore format: a table
  it.each([
    '0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.255.255.254',
    '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.8', '192.0.2.1', '192.88.99.1', '192.168.1.1', '198.18.0.1',
    '198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255',
    '::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:0:8.8.8.8', '::7f00:1', '64:ff9b::7f00:1', '64:ff9b:1::1', '100::1',
    '2001::1', '2001:2::1', '2001:10::1', '2001:20::1', '2001:db8::1', '2002:7f00:1::', '3fff::1', '5f00::1', 'fc00::1', 'fd00::1',
    'fe80::1', 'fe80::1%eth0', '2606:4700::1111%eth0', 'fec0::1', 'ff02::1', 'localhost', '', '127.1',
  ])('is not %s', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('a request to an address that others chose', () => {
  it.each([
    'http://127.0.0.1:PORT/',
    'http://127.1:PORT/',
    'http://0x7f000001:PORT/',
    'http://2130706433:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://0.0.0.0:PORT/',
    'http://[::1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://[64:ff9b::7f00:1]:PORT/',
    'http://localhost:PORT/',
  ])('does not reach %s', async (text) => {
    const server = await webServer();
    expect(await failure(post(text.replace('PORT', String(server.port))))).toMatchObject({
      code: 'configuration',
      message: expect.stringContaining('is refused: '),
    });
    expect(server.connections()).toBe(0);
  });

  it.each([
    ['http://example.com/', 'http://example.com is refused: only HTTPS is allowed'],
    ['ftp://example.com/', 'ftp://example.com is refused: only HTTPS is allowed'],
    ['file:///etc/passwd', 'file:// is refused: only HTTPS is allowed'],
    ['https://user:pass@example.com/', 'https://example.com is refused: a user or password'],
    ['not an address', 'Not an address of the web'],
  ])('is not sent to %s', async (url, message) => {
    expect(await failure(post(url, { allowHttp: false }))).toMatchObject({
      code: 'configuration',
      message: expect.stringContaining(message),
    });
  });

  it('does not reach a name that resolves to this machine, not even beside a public address', async () => {
    const server = await webServer();
    for (const addresses of [['127.0.0.1'], ['93.184.216.34', '127.0.0.1'], ['::1'], ['169.254.169.254'], []]) {
      resolveTo(addresses);
      expect(await failure(post(`http://hook.example:${server.port}/`))).toMatchObject({ code: 'configuration' });
    }
    expect(server.connections()).toBe(0);
  });

  it('looks a name up once, and connects to what was checked', async () => {
    const server = await webServer();
    resolveTo(['127.0.0.1'], ['127.0.0.2']);
    expect(await post(`http://hook.example:${server.port}/`, ALLOWED)).toEqual({ status: 200, text: 'ok' });
    expect(dns.lookup).toHaveBeenCalledTimes(1);
  });

  it('reaches what the local configuration allows, and sends what it was given', async () => {
    const seen: unknown[] = [];
    const server = await webServer(({ method, url, headers }, response) => {
      seen.push([method, url, headers['x-hook'], headers.host]);
      response.writeHead(201).end('thanks');
    });
    const url = `http://127.0.0.1:${server.port}${SECRET_PATH}`;
    const answer = await post(url, { ...ALLOWED, headers: { 'X-Hook': '1' } });
    expect(answer).toEqual({ status: 201, text: 'thanks' });
    expect(seen).toEqual([['POST', SECRET_PATH, '1', `127.0.0.1:${server.port}`]]);
  });

  it('trusts no certificate that authorities do not vouch for, whatever the environment says', async () => {
    const server = await replay({ 'POST /': { status: 200 } });
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect(await failure(post(server.url, ALLOWED))).toMatchObject({
        code: 'unreachable',
        message: `${server.url}: DEPTH_ZERO_SELF_SIGNED_CERT`,
      });
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
    expect(server.requests).toEqual([]);
  });

  it('follows no redirect, and takes no proxy', async () => {
    const [target, proxy] = [await webServer(), await webServer()];
    const server = await webServer((_, response) =>
      response.writeHead(302, { Location: `http://127.0.0.1:${target.port}/` }).end(),
    );
    process.env['NODE_USE_ENV_PROXY'] = '1';
    process.env['HTTP_PROXY'] = `http://127.0.0.1:${proxy.port}`;
    try {
      expect((await post(`http://127.0.0.1:${server.port}/`, ALLOWED)).status).toBe(302);
    } finally {
      delete process.env['NODE_USE_ENV_PROXY'];
      delete process.env['HTTP_PROXY'];
    }
    expect([target.connections(), proxy.connections()]).toEqual([0, 0]);
  });

  it.each<[string, Partial<GuardedRequest>, (response: ServerResponse) => void, object]>([
    [
      'a request that is too large',
      { body: 'x'.repeat(11), maxRequestBytes: 10 },
      (response) => response.end(),
      { code: 'parameter' },
    ],
    [
      'an answer that is too large',
      { maxResponseBytes: 10 },
      (response) => response.end('x'.repeat(11)),
      { code: 'malformed', message: expect.stringContaining('too large') },
    ],
    ['silence', { timeoutMs: 50 }, () => undefined, { code: 'timeout' }],
    ['an answer that does not end', { timeoutMs: 50 }, (response) => response.write('x'), { code: 'timeout' }],
    ['a broken connection', {}, (response) => response.destroy(), { code: 'unreachable' }],
    ['an interruption', { signal: AbortSignal.abort() }, (response) => response.end(), { code: 'interrupted' }],
  ])('ends with a typed error at %s, without the path', async (_what, options, answer, expected) => {
    const server = await webServer((_, response) => answer(response));
    const error = await failure(post(`http://127.0.0.1:${server.port}${SECRET_PATH}`, { ...ALLOWED, ...options }));
    expect(error).toMatchObject(expected);
    expect(JSON.stringify([error.message, error.hint, error.stack])).not.toContain('s3cr3t');
  });

  it('ends when it is interrupted meanwhile', async () => {
    const end = new AbortController();
    const server = await webServer(() => end.abort());
    const error = await failure(post(`http://127.0.0.1:${server.port}/`, { ...ALLOWED, signal: end.signal }));
    expect(error.code).toBe('interrupted');
  });
});
