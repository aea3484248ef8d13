import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { listen } from '../../src/server/listen.ts';
import { parseProxies } from '../../src/server/listen-address.ts';
import { openServeWorld, PASSWORD, ROOT, type ServeWorld, serve as serveAgain } from '../helpers/serve-world.ts';
import { until } from '../watch/processes.ts';

let serve: ServeWorld;
let admin: string;
let files: ServeWorld;
const open: WebSocket[] = [];

beforeAll(async () => {
  serve = await openServeWorld({
    socketsPerUser: 3,
    health: {
      isAlive: () => true,
      isReady: () => true,
      metrics: { contentType: 'text/plain', render: () => Promise.reject(new Error('the reason')) },
    },
  });
  admin = await serve.token('root', 'admin');
  const web = path.join(serve.world.dir, 'web');
  mkdirSync(path.join(web, 'assets'), { recursive: true });
  writeFileSync(path.join(web, 'index.html'), '<html><head></head>the page</html>');
  writeFileSync(path.join(web, 'assets', 'app.js'), 'the script');
  writeFileSync(path.join(web, 'assets', '.hidden'), 'private');
  writeFileSync(path.join(serve.world.dir, 'outside.txt'), 'private');
  files = await serveAgain(serve.world, serve.other, { webFolder: web, basePath: '/rollcall', requestsPerMinute: 200 });
});
afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate();
});

/** Sends bytes as they are, and gives what comes back until the server ends the connection. */
function raw(host: string, text: string): Promise<string> {
  const [address = '', port = ''] = host.split(':');
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = net.connect(Number(port), address, () => socket.write(text));
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => {
      received += part;
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}

function upgrade(headers: Record<string, string>): WebSocket {
  const socket = new WebSocket(`ws://${serve.host}/api/v1/ws`, { headers });
  open.push(socket);
  socket.on('error', () => undefined);
  return socket;
}

const closeOf = (socket: WebSocket) =>
  new Promise<number>((resolve) => socket.on('close', (code: number) => resolve(code)));
const opened = (socket: WebSocket) =>
  new Promise<string>((resolve) => {
    socket.on('open', () => resolve('open'));
    socket.on('unexpected-response', (_request, { statusCode }) => resolve(String(statusCode)));
  });

describe('a path', () => {
  it.each([
    '/rollcall/assets/../../outside.txt',
    '/rollcall/assets/..%2f..%2foutside.txt',
    '/rollcall/assets/%2e%2e/%2e%2e/outside.txt',
    '/rollcall/assets/%252e%252e%252f%252e%252e%252foutside.txt',
    '/rollcall/assets/..\\..\\outside.txt',
    '/rollcall/assets/..%5c..%5coutside.txt',
    '/rollcall/assets//etc/passwd',
    '/rollcall/assets/%2fetc%2fpasswd',
    '/rollcall/assets/app.js%00.txt',
    '/rollcall/assets/%00',
    '/rollcall/assets/.hidden',
    '/rollcall/assets/%c0%ae%c0%ae/outside.txt',
    '/outside.txt',
    '/rollcall/../outside.txt',
  ])('%s leads out of the page no file', async (where) => {
    const answer = await raw(files.host, `GET ${where} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(answer).not.toMatch(/private|root:/);
    expect(answer.slice(0, 12)).toMatch(/^HTTP\/1\.1 4\d\d$|^HTTP\/1\.1 200$/);
    if (where.includes('assets')) expect(answer.slice(9, 12)).toMatch(/^4/);
  });

  it('is served below the base path alone', async () => {
    expect((await files.send('GET', '/rollcall/assets/app.js')).text).toBe('the script');
    expect((await files.send('GET', '/rollcall/hosts/x')).text).toContain('<base href="/rollcall/">');
    expect((await files.send('GET', '/healthz')).status).toBe(404);
    expect((await files.send('GET', '/rollcall/healthz')).status).toBe(200);
  });
});

describe('a request', () => {
  const line = (text: string) => raw(serve.host, text).then((answer) => answer.split('\r\n')[0]);
  it.each([
    [
      'with two lengths',
      'POST /api/v1/sync HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n',
    ],
    [
      'with a length and chunks',
      'POST /api/v1/sync HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['with an odd encoding', 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n'],
    ['with a folded header', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n X: y\r\n\r\n'],
    ['without a host', 'GET /healthz HTTP/1.1\r\n\r\n'],
    ['with bare line feeds', 'GET /healthz HTTP/1.1\nHost: localhost\n\n'],
  ])('%s is refused, and its connection ended', async (_what, text) => {
    expect(await line(text)).toBe('HTTP/1.1 400 Bad Request');
  });

  it('with large headers or a large body is refused', async () => {
    const huge = `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`;
    expect(await line(huge)).toBe('HTTP/1.1 431 Request Header Fields Too Large');
    const body = { epoch: 'x'.repeat(70_000), rev: 0 };
    expect((await serve.send('POST', '/api/v1/sync', { token: admin, body })).status).toBe(413);
    const headers = { 'content-type': 'text/xml' };
    expect((await serve.send('POST', '/api/v1/sync', { token: admin, headers, body: '<a/>' })).status).toBe(415);
  });

  it('for a foreign host, or from a foreign page, is refused', async () => {
    const ask = (headers: string) =>
      line(`GET /api/v1/session HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`).then((text) =>
        text?.slice(9, 12),
      );
    expect(await ask('Host: evil.example')).toBe('421');
    expect(await ask('Host: localhost\r\nOrigin: https://evil.example')).toBe('403');
    expect(await ask('Host: localhost')).toBe('200');
  });

  it.each([
    `selector=${'*a'.repeat(990)}`,
    `selector=name=${'*a'.repeat(990)}`,
    `selector=tag=${'*?'.repeat(990)}`,
    `selector=${'not '.repeat(490)}tag=a`,
    `selector=${'('.repeat(1990)}`,
  ])('with a hostile selector is answered: %.30s', async (query) => {
    const { status } = await serve.send('GET', `/api/v1/hosts?${query}`, { token: admin });
    expect([200, 400]).toContain(status);
    expect((await serve.send('GET', `/api/v1/state?filter=${query.slice(9)}`, { token: admin })).status).toBe(status);
  });

  it.each([
    'changes?afterRev=9007199254740991',
    'changes?afterRev=2147483648',
    'changes?since=1970-01-01&until=9999-12-31',
    'hosts?at=0001-01-01',
    'tasks?since=9999-12-31',
    'hosts?cursor=OTk5OTk5OTk5IHg',
    'actions?cursor=999999999999999.x',
    'runs?provider=%00',
    'operations/%00',
    'users/%00',
    'hosts/%00',
    'tasks?user=%00',
    'actions?actor=%00',
  ])('out of every range is answered: %s', async (query) => {
    const { status } = await serve.send('GET', `/api/v1/${query}`, { token: admin });
    expect(status).toBeLessThan(500);
  });

  it('with the token of a version out of every range gets the state', async () => {
    const { version } = (await serve.send('GET', '/api/v1/version', { token: admin })).json;
    for (const rest of ['zzzzzzzzzz.zzzzzzzzzz', '0.zzzzzzzzzz', '1.0', '0.0']) {
      const body = { epoch: '', rev: 0, version: `${version.split('.')[0]}.${rest}` };
      const { status, json } = await serve.send('POST', '/api/v1/sync', { token: admin, body });
      expect([status, ['state', 'increment'].includes(json.kind)]).toEqual([200, true]);
    }
  });

  it('for what happened since takes a version and no more, and without one gives the state', async () => {
    const { version } = (await serve.send('GET', '/api/v1/version', { token: admin })).json;
    const kindOf = async (body: object) => {
      const { status, json } = await serve.send('POST', '/api/v1/sync', { token: admin, body });
      return [status, json.kind];
    };
    expect([await kindOf({ version }), await kindOf({})]).toEqual([
      [200, 'equal'],
      [200, 'state'],
    ]);
  });

  it.each(['by', 'path', 'kind', 'provider'])('for changes with a hostile %s is answered', async (name) => {
    const { status } = await serve.send('GET', `/api/v1/changes?${name}=${'*a'.repeat(99)}`, { token: admin });
    expect([200, 400, 404]).toContain(status);
  });

  it('that fails says what to the log and not to the client; no secret is in the log', async () => {
    const secret = 's'.repeat(43);
    await serve.send('POST', `/api/v1/invite/${secret}`, { body: { password: PASSWORD } });
    const { status, text } = await serve.send('GET', '/metrics', { token: admin });
    expect([status, text.includes('the reason')]).toEqual([500, false]);
    expect(serve.log.join('\n')).toContain('the reason');
    for (const hidden of [secret, admin, PASSWORD]) expect(serve.log.join('\n')).not.toContain(hidden);
  });
});

describe('a limit', () => {
  it('counts requests before anybody is asked who he is', async () => {
    const statuses = [];
    for (let i = 0; i < 230; i++) {
      statuses.push(
        (await files.send('GET', '/rollcall/api/v1/hosts', { token: `rollcall_${'x'.repeat(43)}` })).status,
      );
    }
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(20);
    expect(statuses.at(-1)).toBe(429);
  });

  it('of sockets counts those too that have said nothing yet', async () => {
    const authorization = `Bearer ${await serve.token('many', 'viewer')}`;
    const found = [];
    for (let i = 0; i < 5; i++) found.push(await opened(upgrade({ authorization })));
    expect(found).toEqual(['open', 'open', 'open', '429', '429']);
  });

  it('of a message ends a socket, and so does a first message that is none', async () => {
    const authorization = `Bearer ${await serve.token('loud', 'viewer')}`;
    for (const [text, code] of [
      ['x'.repeat(20_000), 1009],
      ['no JSON', 1008],
      [JSON.stringify({ type: 'resume', version: null, filter: '(((' }), 1008],
    ] as const) {
      const socket = upgrade({ authorization });
      await opened(socket);
      socket.send(text);
      expect(await closeOf(socket)).toBe(code);
    }
  });
});

describe('a proxy', () => {
  it('is an address or a network', () => {
    expect(parseProxies(['127.0.0.1', '::1', '10.0.0.0/8', 'fd00::/8'])).toHaveLength(4);
    for (const text of ['nonsense', '10.0.0.0/33', '', '1.2.3.4/x', '::1/129']) {
      expect(() => parseProxies([text])).toThrow('is not the address of a proxy');
    }
  });

  it('that is not trusted cannot choose whose logins are slowed', async () => {
    const login = (from: string) => {
      const headers = { 'x-forwarded-for': from };
      return serve.send('POST', '/api/v1/session', { headers, body: { name: `nobody-${from}`, password: 'wrong' } });
    };
    const statuses = [];
    for (let i = 0; i < 14; i++) statuses.push((await login(`192.0.2.${i}`)).status);
    expect(statuses.at(-1)).toBe(429);
  }, 60_000);
});

describe('a session that ends', () => {
  it('closes its sockets, and so does a role that is lowered and a user who is disabled', async () => {
    const end: Record<string, () => Promise<void>> = {
      revoked: async () => {
        const user = await serve.people.users.get('revoked');
        for (const token of await serve.people.tokens.list(user.id))
          await serve.people.tokens.revoke(user, token, ROOT);
      },
      lowered: async () => {
        await serve.people.users.change(await serve.people.users.get('lowered'), { role: 'viewer' }, ROOT);
      },
      disabled: async () => {
        await serve.people.users.change(await serve.people.users.get('disabled'), { isDisabled: true }, ROOT);
      },
    };
    const sockets = new Map<string, Awaited<ReturnType<ServeWorld['connect']>>>();
    for (const name of Object.keys(end)) sockets.set(name, await serve.connect(await serve.token(name, 'operator')));
    const kept = await serve.connect(admin);
    for (const work of Object.values(end)) await work();
    for (const { closed } of sockets.values()) expect(await closed).toBe('4401 session');
    expect(kept.socket.readyState).toBe(WebSocket.OPEN);
    kept.socket.terminate();
  }, 20_000);
});

describe('a Unix socket', () => {
  it('serves its owner alone, replaces what a program left, and never a file', async () => {
    const other = await serveAgain(serve.world, serve.other);
    await other.server.close();
    const file = path.join(serve.world.dir, 'precious.txt');
    writeFileSync(file, 'precious');
    const again = await serveAgain(serve.world, serve.other, {}, null);
    await expect(listen(again.server, { socket: file }, '')).rejects.toThrow('EADDRINUSE');
    expect(existsSync(file)).toBe(true);
    const socketPath = path.join(serve.world.dir, 'serve.sock');
    const third = await serveAgain(serve.world, serve.other, {}, null);
    await listen(third.server, { socket: socketPath }, '');
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    const status = await new Promise((resolve, reject) => {
      const headers = { host: 'localhost', authorization: `Bearer ${admin}` };
      const request = http.get({ socketPath, path: '/api/v1/hosts', headers, agent: false }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode));
      });
      request.on('error', reject);
    });
    expect(status).toBe(200);
    chmodSync(socketPath, 0o600);
  });
});

describe('the end of the server', () => {
  it('tells sockets to come back, while another one over the same database goes on', async () => {
    const ending = await serveAgain(serve.world, serve.other);
    const { closed, messages } = await ending.connect(admin);
    const waiting = await new Promise<WebSocket>((resolve) => {
      const silent = new WebSocket(`ws://${ending.host}/api/v1/ws`, { headers: { authorization: `Bearer ${admin}` } });
      silent.on('open', () => resolve(silent));
    });
    const silentClosed = closeOf(waiting);
    await ending.server.close();
    expect(await closed).toBe('1012 restart');
    expect(messages.at(-1)).toMatchObject({ type: 'goodbye', reason: 'restart' });
    expect(await silentClosed).toBeGreaterThan(1000);
    await until('the other one answers', async () => {
      return (await serve.send('GET', '/api/v1/version', { token: admin })).status === 200;
    });
  });
});
