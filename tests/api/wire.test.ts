import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, jest } from '@jest/globals';
import { makeCertificate, type TestCertificate } from '../helpers/certificate.ts';
import { failure } from './open-client.ts';
import { closers, listen, open, replay } from './servers.ts';

const version = { status: 200, body: { data: { version: '8.4.21' } } };
/** An HTTPS server that answers each request with bytes, through the socket itself. */
async function rawServer(answer: (socket: Socket, count: number) => void, certificate?: TestCertificate) {
  const { key, pem: cert, fingerprint } = certificate ?? (await makeCertificate());
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createTlsServer({ key, cert }, (request, response) => {
    count += 1;
    response.removeAllListeners();
    answer(request.socket, count);
  });
  server.on('secureConnection', (socket: Socket) => sockets.add(socket));
  const port = await listen(server as unknown as Server);
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  return {
    url: `https://127.0.0.1:${port}`,
    caPem: cert,
    fingerprint,
    connections: () => sockets.size,
    count: () => count,
  };
}

const BODY = '{"data":{"version":"8.4.21"}}';
const head = (extra = '') => `HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n${extra}\r\n`;

describe('connections', () => {
  it('are kept: a hundred calls use as many as run at a time', async () => {
    const server = await replay({ 'GET /version': version });
    const client = open(server, { concurrency: 4 });
    await Promise.all(Array.from({ length: 100 }, () => client.getVersion()));
    expect(server.connectionCount()).toBeLessThanOrEqual(4);
    expect(client.requestCount).toBe(100);
  });

  it('are asked once for the certificate, and its end is read once', async () => {
    const notAfter = new Date('2040-01-02T03:04:05Z');
    const server = await replay({ 'GET /version': version }, { certificate: await makeCertificate({ notAfter }) });
    const client = open(server);
    const asked = jest.spyOn(TLSSocket.prototype, 'getPeerCertificate');
    const ends = new Set<Date | null | undefined>();
    for (let calls = 0; calls < 5; calls += 1) {
      await client.getVersion();
      ends.add(client.endpoints()[0]?.certificateEndsAt);
    }
    // Node.js itself asks for the chain, to verify it.
    expect(asked.mock.calls.filter(([isDetailed]) => isDetailed !== true)).toHaveLength(1);
    expect([...ends]).toEqual([notAfter]);
    asked.mockRestore();
  });

  it('are kept when pveproxy says both close and keep-alive', async () => {
    const server = await rawServer((socket) =>
      socket.write(head('Connection: close\r\nConnection: Keep-Alive\r\n') + BODY),
    );
    const client = open(server);
    for (let calls = 0; calls < 5; calls += 1) await client.getVersion();
    expect(server.connections()).toBe(1);
  });

  it('are opened anew, at once, when a kept one was closed meanwhile', async () => {
    const server = await rawServer((socket, count) => {
      if (count === 2) return socket.destroy();
      return socket.write(head() + BODY);
    });
    const client = open(server, { retries: 0 });
    await client.getVersion();
    await expect(client.getVersion()).resolves.toMatchObject({ version: '8.4.21' });
    expect(server.connections()).toBe(2);
  });

  it('of a new connection are not repeated at once, but as any other read', async () => {
    const server = await rawServer((socket, count) => (count < 3 ? socket.destroy() : socket.write(head() + BODY)));
    expect(await failure(open(server, { retries: 0 }).getVersion())).toMatchObject({ code: 'unreachable' });
    expect(server.count()).toBe(1);
    await expect(open(server).getVersion()).resolves.toMatchObject({ version: '8.4.21' });
  });

  it('are limited per cluster and per node', async () => {
    let running = 0;
    let most = 0;
    const perNode = new Map<string, number>();
    let mostPerNode = 0;
    // The first answers wait until as many requests are there as may be.
    let open5 = (): void => undefined;
    const are5 = new Promise<void>((resolve) => {
      open5 = resolve;
    });
    const server = await replay(
      {},
      {
        onRequest: async (key) => {
          const node = key.split('/')[2] ?? '';
          perNode.set(node, (perNode.get(node) ?? 0) + 1);
          running += 1;
          most = Math.max(most, running);
          mostPerNode = Math.max(mostPerNode, ...perNode.values());
          if (running === 5) open5();
          await are5;
          await new Promise((resolve) => setTimeout(resolve, 5));
          running -= 1;
          perNode.set(node, (perNode.get(node) ?? 0) - 1);
          return { status: 200, body: { data: [] } };
        },
      },
    );
    const client = open(server, { concurrency: 5, perNodeConcurrency: 2 });
    await Promise.all(Array.from({ length: 60 }, (_, index) => client.getVMs(index < 30 ? 'pve0' : `pve${index % 4}`)));
    expect(most).toBe(5);
    expect(mostPerNode).toBe(2);
  });
});

describe('bodies', () => {
  it('may be packed with gzip', async () => {
    const headers = { 'Content-Encoding': 'gzip' };
    const server = await replay({
      'GET /version': { ...version, headers },
      'GET /nodes': { status: 200, headers, body: '' },
    });
    const client = open(server);
    expect(await client.getVersion()).toMatchObject({ version: '8.4.21' });
    expect(server.requests[0]?.headers['accept-encoding']).toBe('gzip');
  });

  it('may have 32 MiB, packed or not, and no more', async () => {
    const exact = `{"data":{"version":"8","x":"${'a'.repeat(32 * 2 ** 20 - 31)}"}}`;
    const answers = (body: string, headers = {}) => ({ 'GET /version': { status: 200, body, headers } });
    const server = await replay(answers(exact));
    const client = open(server);
    expect(exact.length).toBe(32 * 2 ** 20);
    expect(await client.getVersion()).toMatchObject({ version: '8' });
    server.set(answers(`${exact} `));
    expect(await failure(client.getVersion())).toMatchObject({
      code: 'malformed',
      message: expect.stringContaining('larger than 32 MiB'),
    });
    server.set(answers(`${exact} `, { 'Content-Encoding': 'gzip' }));
    expect((await failure(client.getVersion())).message).toContain('larger than 32 MiB');
    server.set(answers(exact, { 'Content-Encoding': 'gzip' }));
    expect(await client.getVersion()).toMatchObject({ version: '8' });
  });

  it('that are cut are read again, then reported', async () => {
    const server = await rawServer((socket, count) => {
      if (count === 1) socket.end(`${head()}{"data":`);
      else socket.write(head() + BODY);
    });
    await expect(open(server).getVersion()).resolves.toMatchObject({ version: '8.4.21' });
    const cut = await rawServer((socket) => socket.end(`${head()}{"data":`));
    expect(await failure(open(cut, { retries: 1 }).getVersion())).toMatchObject({
      code: 'malformed',
      message: expect.stringContaining('cut off after 8 of 29 bytes'),
    });
    expect(cut.count()).toBe(2);
  });

  it('that are packed and cut or damaged are reported', async () => {
    const packed = gzipSync(BODY).subarray(0, 20);
    const server = await rawServer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`);
      socket.write(packed);
    });
    expect((await failure(open(server, { retries: 0 }).getVersion())).message).toContain('gzip: Z_BUF_ERROR');
  });

  it.each([
    ['<html>Login</html>', 'the answer is no JSON; it begins "<html>Login</html>"', false],
    ['', 'the answer is empty', false],
    ['{"data":{"version"', 'ends early or is damaged', true],
    ['{"ok":1}', 'the answer has no data', false],
    ['{"data":"text"}', 'data: Invalid input', false],
  ])('that are not what the API promises are told: %s', async (body, message, retryable) => {
    const server = await replay({ 'GET /version': { status: 200, body } });
    const error = await failure(open(server, { retries: 0 }).getVersion());
    expect(error).toMatchObject({ code: 'malformed', retryable, message: expect.stringContaining(message) });
    expect(error.message).toContain('GET /version');
  });

  it('keep UTF-8, in the reason phrase too', async () => {
    const server = await replay({ 'GET /version': { status: 500, reason: 'größer – kaputt' } });
    expect((await failure(open(server).getVersion())).message).toBe('GET /version: größer – kaputt (500)');
    const latin = await rawServer((socket) =>
      socket.end(Buffer.from('HTTP/1.1 500 gr\xf6\xdfer\r\nConnection: close\r\n\r\n', 'latin1')),
    );
    expect((await failure(open(latin).getVersion())).message).toBe('GET /version: größer (500)');
  });
});

describe('time', () => {
  const silent = () => rawServer(() => undefined);

  it('for an answer is limited by the kind of call, also when it drips', async () => {
    const server = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
      const timer = setInterval(() => socket.write(' '), 5);
      socket.once('close', () => clearInterval(timer));
    });
    const client = open(server, { timeoutsMs: { metadata: 60, content: 120 }, retries: 0 });
    expect(await failure(client.getVersion())).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('no answer within 0.06 s'),
    });
    expect((await failure(client.getStorageContent('pve1', 'nfs'))).message).toContain('within 0.12 s');
  });

  it('lets a read be tried twice', async () => {
    const server = await silent();
    expect(await failure(open(server, { timeoutsMs: { metadata: 1_500 } }).getVersion())).toMatchObject({
      code: 'timeout',
    });
    expect(server.count()).toBe(2);
  });

  it.each([{}, { fingerprint: 'AA:'.repeat(31).concat('AA') }])('for a connection is limited: %j', async (tls) => {
    const sockets: Socket[] = [];
    const mute = createTcpServer((socket) => sockets.push(socket));
    const port = await listen(mute);
    closers.push(() => sockets.map((socket) => socket.destroy()));
    const client = open({ url: `https://127.0.0.1:${port}` }, { tls, timeoutsMs: { connect: 40 }, retries: 0 });
    expect(await failure(client.getVersion())).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('no connection within 0.04 s'),
    });
  });

  it('ends at once when the caller, the run or the client ends', async () => {
    const server = await silent();
    const run = new AbortController();
    const call = new AbortController();
    const client = open(server, { signal: run.signal });
    const byCall = failure(client.getVersion({ signal: call.signal }));
    const byRun = failure(client.getNodes());
    setTimeout(() => call.abort(), 20);
    expect(await byCall).toMatchObject({ code: 'interrupted', message: 'GET /version: interrupted' });
    run.abort();
    expect(await byRun).toMatchObject({ code: 'interrupted' });
    const other = open(server);
    const byClose = failure(other.getVersion());
    setTimeout(() => other.close(), 20);
    expect(await byClose).toMatchObject({ code: 'interrupted' });
  });
});
