import { createServer as createTcpServer, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { makeCertificate } from '../helpers/certificate.ts';
import { failure, TOKEN } from './open-client.ts';
import { closers, listen, open, replay } from './servers.ts';

const version = { 'GET /version': { status: 200, body: { data: { version: '8.4.21' } } } };

/** Counts connections and does this with each. */
async function door(take: (socket: Socket) => void): Promise<{ url: string; count(): number }> {
  let count = 0;
  const port = await listen(
    createTcpServer((socket) => {
      count += 1;
      socket.on('error', () => socket.destroy());
      closers.push(() => socket.destroy());
      take(socket);
    }),
  );
  return { url: `https://127.0.0.1:${port}`, count: () => count };
}

/** Endpoints that all show the same certificate. */
async function cluster(count: number) {
  const certificate = await makeCertificate();
  return Promise.all(Array.from({ length: count }, () => replay(version, { certificate })));
}

describe('an address that fails', () => {
  it('costs one connection, and then none until its time has come', async () => {
    const [alive] = await cluster(1);
    const dead = await door((socket) => socket.resetAndDestroy());
    let nowMs = Date.parse('2026-11-21T10:00:00Z');
    const client = open(alive ?? { url: '' }, { endpoints: [dead.url, alive?.url ?? ''], clock: () => nowMs });
    for (let call = 0; call < 5; call += 1) await client.getVersion();
    expect(dead.count()).toBe(1);
    expect(client.endpoints()[0]).toMatchObject({ failures: 1, error: expect.stringContaining('ECONNRESET') });
    nowMs += 36_001;
    for (let call = 0; call < 5; call += 1) await client.getVersion();
    expect(dead.count()).toBe(2);
    expect(client.endpoints()[0]).toMatchObject({ failures: 2 });
    nowMs += 36_001; // not yet: the second wait is twice as long
    await client.getVersion();
    expect(dead.count()).toBe(2);
    expect(alive?.requests).toHaveLength(11);
  });

  it('is used again when it answers', async () => {
    const [one, two] = await cluster(2);
    if (!one || !two) throw new Error('two were asked for');
    let nowMs = Date.parse('2026-11-21T10:00:00Z');
    const known = { ...stale(one.url, nowMs), retryAt: new Date(nowMs + 60_000) };
    const client = open(one, { endpoints: [one.url, two.url], clock: () => nowMs, knownEndpoints: [known] });
    await client.getVersion();
    expect([one.requests.length, two.requests.length]).toEqual([0, 1]);
    nowMs += 60_000;
    await client.getVersion();
    expect([one.requests.length, two.requests.length]).toEqual([1, 1]);
    expect(client.endpoints()[0]).toMatchObject({ failures: 0, error: null, retryAt: null, lastOkAt: new Date(nowMs) });
  });

  it('is tried all the same when it is the only one', async () => {
    const [one] = await cluster(1);
    const nowMs = Date.now();
    const known = { ...stale(one?.url ?? '', nowMs), retryAt: new Date(nowMs + 3_600_000) };
    const client = open(one ?? { url: '' }, { knownEndpoints: [known], clock: () => nowMs });
    await expect(client.getVersion()).resolves.toMatchObject({ version: '8.4.21' });
    expect(client.endpoints()).toMatchObject([{ failures: 0 }]);
  });

  it.each([
    ['that refuses', null],
    ['that resets', (socket: Socket) => socket.resetAndDestroy()],
    ['that hangs up during the handshake', (socket: Socket) => socket.once('data', () => socket.destroy())],
    ['that does not speak TLS', (socket: Socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))],
    ['that says nothing', () => undefined],
  ])('leads to the next one: one %s', async (_what, take) => {
    const [alive] = await cluster(1);
    const dead = take === null ? { url: 'https://127.0.0.1:1' } : await door(take);
    const client = open(alive ?? { url: '' }, {
      endpoints: [dead.url, alive?.url ?? ''],
      timeoutsMs: { connect: 3_000 },
      retries: 0,
    });
    await expect(client.getVersion()).resolves.toMatchObject({ version: '8.4.21' });
    expect(client.endpoints()[0]).toMatchObject({ url: dead.url, failures: 1 });
  });

  it('leads to the next one: one whose name is none', async () => {
    const [alive] = await cluster(1);
    const client = open(alive ?? { url: '' }, {
      endpoints: ['https://nope.invalid:8006', alive?.url ?? ''],
      retries: 0,
    });
    await client.getVersion();
    expect(client.endpoints()[0]?.error).toContain('nope.invalid');
  });

  it('leads all calls under way to the next one when it dies', async () => {
    const certificate = await makeCertificate();
    const answer = { status: 200, body: { data: { version: '8.4.21' } } };
    const slowly = { onRequest: () => new Promise<typeof answer>((resolve) => setTimeout(resolve, 20, answer)) };
    const [one, two] = [await replay({}, { certificate, ...slowly }), await replay(version, { certificate })];
    const client = open(one, { endpoints: [one.url, two.url] });
    const calls = Promise.all(Array.from({ length: 60 }, () => client.getVersion()));
    while (one.requests.length < 20) await new Promise((resolve) => setTimeout(resolve, 2));
    await one.close();
    expect(await calls).toHaveLength(60);
    expect(two.requests.length).toBeGreaterThan(20);
    expect(client.endpoints()).toMatchObject([{ failures: 1 }, { failures: 0 }]);
  });

  it('counts once, however many calls fail on it together', async () => {
    const [alive] = await cluster(1);
    const dead = await door((socket) => socket.resetAndDestroy());
    const client = open(alive ?? { url: '' }, { endpoints: [dead.url, alive?.url ?? ''] });
    await Promise.all(Array.from({ length: 8 }, () => client.getVersion()));
    expect(dead.count()).toBe(8);
    expect(client.endpoints()[0]).toMatchObject({ failures: 1 });
  });

  it('says why in the end when all do, and tries each no more than the one whose time comes first', async () => {
    const doors = [await door((socket) => socket.resetAndDestroy()), await door((socket) => socket.resetAndDestroy())];
    const client = open({ url: '' }, { endpoints: doors.map(({ url }) => url), retries: 2 });
    const error = await failure(client.getVersion());
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(doors.map((each) => each.count()).reduce((sum, count) => sum + count, 0)).toBe(4);
  });
});

describe('an answer', () => {
  it.each([401, 403, 404, 500, 501, 503, 595, 596, 599])('%i stays with its address', async (status) => {
    const [one, two] = [await replay({ 'GET /version': { status, reason: 'No' } }), await replay(version)];
    const client = open(one, { endpoints: [one.url, two.url], tls: { insecure: true }, retries: 1 });
    await failure(client.getVersion());
    expect(two.requests).toEqual([]);
    expect(client.endpoints()).toMatchObject([
      { failures: 0, error: null },
      { failures: 0, lastOkAt: null },
    ]);
  });

  it('that does not come in time is none of the address’s fault', async () => {
    const slow = await replay(
      {},
      { onRequest: () => new Promise((resolve) => setTimeout(resolve, 300, { status: 200 })) },
    );
    const next = await replay(version);
    const client = open(slow, {
      endpoints: [slow.url, next.url],
      tls: { insecure: true },
      timeoutsMs: { metadata: 50 },
      retries: 0,
    });
    expect(await failure(client.getVersion())).toMatchObject({ code: 'timeout' });
    expect(next.requests).toEqual([]);
  });
});

describe('a server that is not trusted', () => {
  it('sees no header and no token, not even behind the handshake', async () => {
    const [trusted, stranger] = [await replay(version), await replay(version)];
    const endpoints = [stranger.url, trusted.url];
    const ways = [
      { ca: trusted.caPem },
      { fingerprint: trusted.fingerprint },
      { pins: { [trusted.url]: trusted.fingerprint, [stranger.url]: 'AB'.repeat(32) } },
    ];
    for (const tls of ways) await open(trusted, { endpoints, tls }).getVersion();
    expect(stranger.requests).toEqual([]);
    expect(trusted.requests.map(({ headers }) => headers.authorization)).toEqual(
      ways.map(() => `PVEAPIToken=${TOKEN.tokenId}=${TOKEN.secret}`),
    );
  });
});

function stale(url: string, nowMs: number) {
  return {
    url,
    node: null,
    isConfigured: true,
    fingerprint: null,
    certificateEndsAt: null,
    lastOkAt: null,
    lastFailedAt: new Date(nowMs - 60_000),
    failures: 3,
    error: 'the connection was refused (ECONNREFUSED)',
    retryAt: null,
  };
}
