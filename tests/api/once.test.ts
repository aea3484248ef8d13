import { createServer, type Server } from 'node:https';
import type { Server as TcpServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { ProxmoxClient } from '../../src/api/proxmox-client.ts';
import type { TransportOptions } from '../../src/api/transport.ts';
import { makeCertificate, type TestCertificate } from '../helpers/certificate.ts';
import { failure } from './open-client.ts';
import { closers, listen, open } from './servers.ts';

type Handler = Parameters<typeof createServer>[1];
type Fate = (response: Parameters<NonNullable<Handler>>[1], count: number) => void;

/** A server that answers whoever has a ticket; `fate` decides what becomes of each login. */
async function ticketServer(certificate: TestCertificate, fate: Fate) {
  const seen: string[] = [];
  const send = (response: Parameters<Fate>[0], status: number, data: unknown): void => {
    const body = JSON.stringify({ data });
    response.writeHead(status, { 'Content-Length': Buffer.byteLength(body) }).end(body);
  };
  const server: Server = createServer({ key: certificate.key, cert: certificate.pem }, (request, response) => {
    const { method = '', url = '', headers } = request;
    seen.push(`${method} ${url.replace('/api2/json', '')}`);
    request.resume();
    request.once('end', () => {
      const logins = seen.filter((each) => each.startsWith('POST')).length;
      if (method === 'POST') return fate(response, logins);
      const isTicket = headers.cookie?.startsWith('PVEAuthCookie=') === true;
      send(response, isTicket ? 200 : 401, isTicket ? { version: '8.4.21' } : null);
    });
  });
  const port = await listen(server as unknown as TcpServer);
  closers.push(() => server.closeAllConnections());
  return {
    url: `https://127.0.0.1:${port}`,
    caPem: certificate.pem,
    logins: () => seen.filter((each) => each.startsWith('POST')).length,
  };
}

const give: Fate = (response, count) => {
  const body = JSON.stringify({ data: { ticket: `PVE:a@pve:${count}` } });
  response.writeHead(200, { 'Content-Length': Buffer.byteLength(body) }).end(body);
};

function openBy(
  endpoints: readonly { url: string; caPem: string }[],
  options: Partial<TransportOptions> = {},
): ProxmoxClient {
  const [first] = endpoints;
  if (!first) throw new Error('no server');
  return open(first, {
    endpoints: endpoints.map(({ url }) => url),
    credential: { kind: 'password', user: 'a@pve', password: 'secret-password' },
    retries: 3,
    ...options,
  });
}

describe('a login is sent once', () => {
  it.each<[string, Fate]>([
    ['the connection is closed without an answer', (response) => response.destroy()],
    [
      'the answer is cut',
      (response) => response.writeHead(200, { 'Content-Length': 100 }).write('{"data"', () => response.destroy()),
    ],
    ['the answer is no JSON', (response) => response.end('{"data":')],
    ['the answer is 503', (response) => response.writeHead(503).end()],
    ['the answer is 595', (response) => response.writeHead(595).end()],
    ['no answer comes in time', () => undefined],
  ])('when %s', async (what, fate) => {
    const certificate = await makeCertificate();
    const [one, two] = [await ticketServer(certificate, fate), await ticketServer(certificate, give)];
    const timeoutsMs = what.includes('in time') ? { login: 50 } : {};
    await failure(openBy([one, two], { timeoutsMs }).getVersion());
    expect([one.logins(), two.logins()]).toEqual([1, 0]);
  });

  it('when the server closes the connection that was kept', async () => {
    const server = await ticketServer(await makeCertificate(), (response, count) => {
      if (count === 1) give(response, count);
      else response.destroy();
    });
    let nowMs = Date.parse('2026-11-21T10:00:00Z');
    const client = openBy([server], { clock: () => nowMs });
    await client.getVersion();
    // The ticket is old enough to be renewed, over the connection that was kept.
    nowMs += 3_600_000;
    await client.getVersion();
    expect(server.logins()).toBe(2);
  });
});

describe('a login that cannot have been received', () => {
  it('goes to the next address when the connection is refused', async () => {
    const certificate = await makeCertificate();
    const dead = await ticketServer(certificate, give);
    for (const close of closers.splice(-2).reverse()) await close();
    const alive = await ticketServer(certificate, give);
    expect(await openBy([dead, alive]).getVersion()).toMatchObject({ version: '8.4.21' });
    expect(alive.logins()).toBe(1);
  });

  it('goes to the next address when the certificate is not trusted', async () => {
    const [stranger, known] = [await makeCertificate(), await makeCertificate()];
    const wrong = await ticketServer(stranger, give);
    const right = await ticketServer(known, give);
    const client = openBy([{ ...wrong, caPem: known.pem }, right]);
    expect(await client.getVersion()).toMatchObject({ version: '8.4.21' });
    expect([wrong.logins(), right.logins()]).toEqual([0, 1]);
  });
});
