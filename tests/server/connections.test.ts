import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { placeholder } from '../../src/repositories/db/dialect.ts';
import { stampGuests } from '../../src/repositories/feed/stamp-guests.ts';
import { listen } from '../../src/server/listen.ts';
import { openServeWorld, type ServeWorld, serve } from '../helpers/serve-world.ts';
import { tempDir } from '../helpers/temp.ts';
import { until } from '../watch/processes.ts';

const dir = tempDir();
let world: ServeWorld;
let admin: string;

beforeAll(async () => {
  world = await openServeWorld();
  admin = await world.token('root-admin', 'admin');
}, 60_000);

const portOf = ({ host }: ServeWorld) => Number(host.split(':')[1]);

describe('who reaches the server', () => {
  it('by IPv6 gets the same answers', async () => {
    const other = await serve(world.world, world.other, {}, null);
    const url = await listen(other.server, { host: '::1', port: 0 }, '');
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+\/$/);
    const answer = await fetch(`${url}api/v1/version`, { headers: { authorization: `Bearer ${admin}` } });
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ rev: expect.any(Number) })]);
  });

  it('by HTTPS gets them with the certificate that was given, and cookies that go nowhere else', async () => {
    const [keyFile, certFile] = [path.join(dir, 'key.pem'), path.join(dir, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', keyFile, '-out', certFile];
    execFileSync('openssl', ['req', '-x509', '-days', '2', ...key, ...subject], { stdio: 'ignore' });
    const [cert, privateKey] = [readFileSync(certFile), readFileSync(keyFile)];
    const other = await serve(world.world, world.other, { tls: { cert, key: privateKey } }, null);
    const url = await listen(other.server, { host: '127.0.0.1', port: 0 }, '');
    const port = Number(new URL(url).port);
    const get = (ca?: Buffer) =>
      new Promise<string>((resolve) => {
        const options = { host: '127.0.0.1', port, servername: 'localhost', path: '/healthz', ...(ca && { ca }) };
        https
          .get(options, (response) => resolve(`${response.statusCode}`))
          .on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
      });
    expect(url).toMatch(/^https:/);
    expect([await get(cert), await get()]).toEqual(['200', expect.stringMatching(/SELF_SIGNED|UNABLE_TO_VERIFY/)]);
  });

  it('and sends its request byte by byte, is not waited for', async () => {
    const other = await serve(world.world, world.other, {}, null);
    const { server } = other.server;
    expect(server.headersTimeout).toBeLessThanOrEqual(60_000);
    expect(server.requestTimeout).toBe(15_000);
    // The same in less time. Node.js looks at its connections every so often.
    Object.assign(server, { requestTimeout: 200, connectionsCheckingInterval: 20 });
    const { port } = new URL(await listen(other.server, { host: '127.0.0.1', port: 0 }, ''));
    const socket = net.connect(Number(port), '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => {
      answer += data.toString();
    });
    const ended = new Promise((resolve) => socket.once('close', () => resolve('ended')));
    const head = `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ${'x'.repeat(10_000)}`;
    let sent = 0;
    const sending = setInterval(() => socket.write(head.charAt(sent++)), 5);
    expect(await ended).toBe('ended');
    clearInterval(sending);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(sent).toBeLessThan(head.length);
  });

  const headers = 'Host: 127.0.0.1\r\nContent-Type: application/json';
  it.each([
    ['a path', 'GET /', 'a'],
    ['headers', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ', 'a'],
    ['a body', `POST /api/v1/session HTTP/1.1\r\n${headers}\r\nContent-Length: 8000\r\n\r\n`, ' '],
    ['chunks', `POST /api/v1/session HTTP/1.1\r\n${headers}\r\nTransfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
  ])('and sends %s without an end, is sent away', async (_what, start, more) => {
    const patience = { requestMs: 300, idleMs: 60_000, checkMs: 50 };
    const other = await serve(world.world, world.other, { patience });
    const socket = net.connect(portOf(other), '127.0.0.1', () => socket.write(start));
    // What the server said last may be lost with what it has not read.
    const refused = new Promise((resolve) => other.server.server.once('clientError', resolve));
    socket.on('error', () => undefined).resume();
    let left = 1000;
    const dribble = setInterval(() => (left-- > 0 ? socket.write(more) : socket.destroy()), 20);
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(dribble);
    expect(left).toBeGreaterThan(0);
    expect(await refused).toMatchObject({ code: 'ERR_HTTP_REQUEST_TIMEOUT' });
  });

  it('and reads no answers, is sent away', async () => {
    const patience = { requestMs: 60_000, idleMs: 300, checkMs: 50 };
    const other = await serve(world.world, world.other, { patience });
    const ended = new Promise<boolean>((resolve) => {
      other.server.server.once('connection', (socket) => socket.once('close', () => resolve(true)));
    });
    const request = 'GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
    const socket = net.connect(portOf(other), '127.0.0.1', () => socket.write(request.repeat(400)));
    socket.on('error', () => undefined).pause();
    const tooLong = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 30_000).unref());
    expect(await Promise.race([ended, tooLong])).toBe(true);
    socket.destroy();
  });
});

describe('a client that does not read', () => {
  it('is sent away once too much waits for it, while the others get everything', async () => {
    const quick = await world.connect(admin);
    const slow = new WebSocket(`ws://${world.host}/api/v1/ws`, { headers: { authorization: `Bearer ${admin}` } });
    await new Promise((resolve) => slow.once('open', resolve));
    const closed = new Promise<number>((resolve) => slow.once('close', resolve));
    slow.send(JSON.stringify({ type: 'resume', version: null }));
    await new Promise((resolve) => slow.once('message', resolve));
    slow.pause();
    const before = world.clients.size;
    let sent = 0;
    for (; world.clients.size === before && sent < 500; sent++) await rename(`${'x'.repeat(60_000)}${sent}`);
    expect(world.clients.size).toBe(before - 1);
    const updates = () => quick.messages.filter(({ type }) => type === 'incremental_update');
    await until('the last one has come', () => updates().length >= sent);
    expect(updates()).toHaveLength(sent);
    slow.resume();
    expect(await closed).toBe(1006);
  }, 120_000);
});

/** Of one guest, as a run would record it; all who follow the feed are told. */
async function rename(name: string): Promise<void> {
  const { writer } = await world.app.connection();
  const [id] = world.hub.current.hosts.keys();
  if (id === undefined) throw new Error('there is no guest');
  await writer.transaction(async (tx) => {
    const [first, second] = [placeholder(writer.provider, 1), placeholder(writer.provider, 2)];
    await tx.execute(`UPDATE "guests" SET "name" = ${first} WHERE "id" = ${second}`, name, id);
    await stampGuests(tx, writer.provider, { guestIds: [id], at: world.world.clock.now() });
  });
  await world.hub.tick();
  // The client that reads is in this process, too.
  await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('the end of the server', () => {
  it('lets a request that was taken come to its end, and tells clients to come back', async () => {
    const other = await serve(world.world, world.other);
    const client = await other.connect(admin);
    const body = JSON.stringify({ epoch: 'x', rev: 0 });
    const socket = net.connect(portOf(other), '127.0.0.1');
    const head = [
      'POST /api/v1/sync HTTP/1.1',
      `Host: ${other.host}`,
      `Authorization: Bearer ${admin}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 5)}`);
    let answer = '';
    socket.on('data', (data) => {
      answer += data.toString();
    });
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closing = other.server.close();
    expect(await client.closed).toMatch(/^1012/);
    expect(client.messages).toContainEqual(expect.objectContaining({ type: 'goodbye', reason: 'restart' }));
    socket.write(body.slice(5));
    await ended;
    await closing;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    await expect(fetch(`http://${other.host}/healthz`)).rejects.toThrow();
  });
});
