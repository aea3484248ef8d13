import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { serveHealth } from '../../src/cli/watch/listen.ts';
import { openMetrics } from '../../src/cli/watch/metrics.ts';
import '../../src/cli/watch/run-watch.ts';
import { openWorld, type World } from '../helpers/world.ts';
import { until } from './processes.ts';

let world: World;
let port = 0;
const said = { stdout: '', stderr: '' };
const end = new AbortController();
let ended: Promise<unknown>;

beforeAll(async () => {
  world = await openWorld({ clock: () => Date.now() });
  const names = '--listen-host Rollcall.example.com --listen-host collector,collector.lan';
  ended = world.rollcall(`watch --interval 1h --no-feeds --listen 127.0.0.1:0 ${names}`, {
    io: {
      signal: end.signal,
      clock: () => new Date(),
      stdout: (text) => {
        said.stdout += text;
      },
      stderr: (text) => {
        said.stderr += text;
      },
    },
  });
  await until('it listens', () => /listening on http:\S+:(\d+)/.test(said.stderr));
  port = Number(/listening on http:\S+:(\d+)/.exec(said.stderr)?.[1]);
});

afterAll(async () => {
  end.abort();
  await ended;
});

/** One request with this Host header. */
function ask(host: string, path = '/metrics', method = 'GET') {
  return new Promise<{ status: number; headers: http.IncomingHttpHeaders; body: string }>((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, method, headers: { host }, agent: false });
    request.once('error', reject);
    request.once('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    request.end();
  });
}

/** Everything that the server sends on a connection, until it closes it. */
async function talk(text: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  let seen = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    seen += part;
  });
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return seen;
}

it.each([
  '127.0.0.1',
  '127.0.0.1:9469',
  '192.0.2.7:80',
  '[::1]:9469',
  '[2001:db8::1]',
  'localhost',
  'LOCALHOST:9469',
  'rollcall.localhost:9469',
  'localhost.',
  'rollcall.example.com',
  'ROLLCALL.example.com.:9469',
  'collector',
  'collector.lan:9469',
])('answers who asks for %s', async (host) => {
  expect(await ask(host)).toMatchObject({ status: 200, body: expect.stringContaining('rollcall_runs_total') });
});

it.each([
  'attacker.example',
  'attacker.example:9469',
  'rollcall.example.com.attacker.example',
  'localhost.attacker.example',
  'xlocalhost',
  '127.0.0.1.attacker.example',
  'collector@attacker.example',
  '[::1].attacker.example',
  '127.0.0.1:9469:9469',
  '1.2.3',
  '[1.2.3.4]',
])('tells nothing to who asks for %j', async (host) => {
  for (const path of ['/metrics', '/healthz', '/readyz', '/nothing']) {
    const { status, body, headers } = await ask(host, path);
    expect([path, status, body]).toEqual([path, 421, 'misdirected request\n']);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  }
});

it.each(['GET /metrics HTTP/1.0\r\n\r\n', 'GET /metrics HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'])(
  'tells nothing to %j',
  async (request) => {
    expect(await talk(request)).toMatch(/^HTTP\/1\.1 421 .*misdirected request\r?\n/s);
  },
);

it('says once which host was refused, escaped', () => {
  const lines = said.stderr.split('\n').filter((line) => line.includes('a request for the host'));
  expect(lines).toEqual([
    expect.stringMatching(
      / warn a request for the host 'attacker\.example' was refused \(allow its name with --listen-host\)$/,
    ),
  ]);
});

it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH'])('refuses %s', async (method) => {
  expect(await ask('localhost', '/metrics', method)).toMatchObject({
    status: 405,
    headers: { allow: 'GET, HEAD', 'x-content-type-options': 'nosniff' },
    body: 'method not allowed\n',
  });
});

it('answers HEAD without a body, and lets nothing be cached or sniffed', async () => {
  for (const path of ['/metrics', '/healthz', '/nothing']) {
    const { body, headers } = await ask('localhost', path, 'HEAD');
    expect([path, body]).toEqual([path, '']);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  }
});

it('disconnects who sends a request that never ends, who sends too much, and who is one too many', async () => {
  const slow = talk('GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
  expect(await talk(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 431 /,
  );
  const crowd = Array.from({ length: 80 }, () => net.connect(port, '127.0.0.1').on('error', () => undefined));
  await Promise.any(crowd.map((socket) => once(socket, 'close')));
  for (const socket of crowd) socket.destroy();
  expect(await slow).toMatch(/^HTTP\/1\.1 408 /);
}, 60_000);

it('has no raw text in its labels', async () => {
  const provider = `a${String.fromCodePoint(0x1b)}[31m\u202e\u009b\nhint: x`;
  const metrics = await openMetrics(async () => []);
  metrics.watches([provider]);
  expect(await metrics.render()).toContain('rollcall_watched{provider="a\\\\x1b[31m\\\\u{202e}\\\\x9b\\\\nhint: x"} 1');
});

it('goes on answering when the metrics cannot be collected', async () => {
  const metrics = { ...(await openMetrics(async () => [])), render: () => Promise.reject(new Error('no')) };
  const health = { isAlive: () => true, isReady: () => true };
  const server = await serveHealth(
    { host: '127.0.0.1', port: 0 },
    { health, metrics, names: [], onOtherHost: () => undefined },
  );
  expect((await fetch(`${server.url}/metrics`)).status).toBe(500);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  await server.close();
});

it.each([
  [
    '--listen 127.0.0.1:0 --listen-host http://x',
    /^error: 'http:\/\/x' is not the name of a host\nhint: write --listen-host/,
  ],
  ['--listen 127.0.0.1:0 --listen-host x:9469', /^error: 'x:9469' is not the name of a host/],
  ['--listen-host x', /^error: --listen-host is given without --listen\nhint: add --listen/],
])('refuses %s', async (options, words) => {
  expect(await world.rollcall(`watch ${options}`)).toMatchObject({ status: 2, stderr: expect.stringMatching(words) });
});
