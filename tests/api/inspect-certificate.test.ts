import { createServer as createTcpServer, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { PROXMOX } from '../../src/api/server-words.ts';
import { shakeHands } from '../../src/net/connection.ts';
import { inspectCertificate } from '../../src/net/inspect-certificate.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { DEAD } from '../helpers/dead-address.ts';
import { closers, listen, open, replay } from './servers.ts';

describe('a look at a certificate', () => {
  it('tells what it is and who vouches for it, and sends nothing', async () => {
    const server = await replay({});
    const { failure, addresses, certificate } = await inspectCertificate(server.url, {
      words: PROXMOX,
      timeoutMs: 20_000,
    });
    expect(failure).toBeNull();
    expect(addresses).toEqual(['127.0.0.1']);
    expect(certificate).toMatchObject({
      fingerprint: server.fingerprint,
      subject: 'CN=localhost',
      issuer: 'CN=localhost',
      names: ['localhost', '127.0.0.1'],
      isTrusted: false,
      distrust: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect(certificate?.validTo.getTime()).toBeGreaterThan(Date.now());
    expect(certificate?.validFrom.getTime()).toBeLessThan(Date.now());
    expect(server.requests).toEqual([]);
  });

  it('takes the given authority in place of the system’s', async () => {
    const server = await replay({});
    const { certificate } = await inspectCertificate(server.url, {
      words: PROXMOX,
      timeoutMs: 20_000,
      ca: server.caPem,
    });
    expect(certificate).toMatchObject({ isTrusted: true, distrust: null });
  });

  it.each([
    ['for another host', { host: 'pve.example' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'that has expired',
      { notBefore: new Date(Date.now() - 2e8), notAfter: new Date(Date.now() - 1e8) },
      'CERT_HAS_EXPIRED',
    ],
  ])('says why one %s is not trusted', async (_what, options, distrust) => {
    const server = await replay({}, { certificate: await makeCertificate(options) });
    const { certificate } = await inspectCertificate(server.url, {
      words: PROXMOX,
      timeoutMs: 20_000,
      ca: server.caPem,
    });
    expect(certificate).toMatchObject({ isTrusted: false, distrust });
  });

  it('names the step that failed', async () => {
    const frozen = await listen(createTcpServer((socket) => closers.push(() => socket.destroy())));
    const [noHost, refused, silent] = await Promise.all([
      inspectCertificate('https://nope.invalid:8006', { words: PROXMOX, timeoutMs: 20_000 }),
      inspectCertificate(DEAD, { words: PROXMOX, timeoutMs: 20_000 }),
      inspectCertificate(`https://127.0.0.1:${frozen}`, { words: PROXMOX, timeoutMs: 2_000 }),
    ]);
    expect(noHost).toMatchObject({ failure: { step: 'dns', error: { code: 'unreachable' } }, addresses: [] });
    expect(refused).toMatchObject({ failure: { step: 'tcp' }, addresses: ['127.0.0.1'], certificate: null });
    expect(refused.failure?.error.message).toBe(`${DEAD}: the connection was refused (ECONNREFUSED)`);
    expect(silent.failure?.step).toBe('tls');
    expect(silent.failure?.error.message).toContain('no connection within 2 s');
  });

  it('survives whatever a server does with the connection', async () => {
    const doors = await Promise.all(
      [
        (socket: Socket) => socket.resetAndDestroy(),
        (socket: Socket) => socket.destroy(),
        (socket: Socket) => socket.once('data', () => socket.resetAndDestroy()),
        (socket: Socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
        (socket: Socket) => setTimeout(() => socket.resetAndDestroy(), 60),
      ].map(async (take) => listen(createTcpServer((socket) => take(socket.on('error', () => undefined))))),
    );
    const looks = doors.flatMap((port) => Array.from({ length: 5 }, () => `https://127.0.0.1:${port}`));
    const found = await Promise.all(looks.map((url) => inspectCertificate(url, { words: PROXMOX, timeoutMs: 50 })));
    expect(found.filter(({ failure, certificate }) => failure === null || certificate !== null)).toEqual([]);
    expect(found.map(({ failure }) => failure?.error.code)).toEqual(looks.map(() => 'unreachable'));
    await new Promise((resolve) => setTimeout(resolve, 50)); // the late resets
  });

  it('ends when it is interrupted', async () => {
    const frozen = await listen(createTcpServer((socket) => closers.push(() => socket.destroy())));
    const controller = new AbortController();
    const looking = inspectCertificate(`https://127.0.0.1:${frozen}`, {
      words: PROXMOX,
      timeoutMs: 5_000,
      signal: controller.signal,
    });
    controller.abort();
    await expect(looking).rejects.toMatchObject({ code: 'interrupted' });
  });
});

describe('a handshake', () => {
  const limits = { words: PROXMOX, timeoutMs: 20_000, signal: new AbortController().signal };

  it('verifies as a call would, and sends nothing', async () => {
    const server = await replay({});
    const { fingerprint, caPem: ca } = server;
    await expect(shakeHands(server.url, { fingerprint }, limits)).resolves.toBe(fingerprint);
    await expect(shakeHands(server.url, { ca }, limits)).resolves.toBe(fingerprint);
    await expect(shakeHands(server.url, { insecure: true }, limits)).resolves.toBe(fingerprint);
    const other = 'AB'.repeat(32);
    await expect(shakeHands(server.url, { fingerprint: other }, limits)).rejects.toMatchObject({ kind: 'fingerprint' });
    await expect(shakeHands(server.url, {}, limits)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(server.requests).toEqual([]);
  });

  it('accepts a certificate for one of the given names, of the given authority only', async () => {
    const server = await replay({}, { certificate: await makeCertificate({ host: 'pve2' }) });
    const tls = { ca: server.caPem, names: ['pve1', 'pve2'] };
    await expect(shakeHands(server.url, tls, limits)).resolves.toBe(server.fingerprint);
    await expect(shakeHands(server.url, { ...tls, names: ['pve1'] }, limits)).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
    await expect(shakeHands(server.url, { names: ['pve2'] }, limits)).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
  });
});

describe('the certificate of the connection', () => {
  it('is known after the first answer, also of a resumed session', async () => {
    const server = await replay({ 'GET /version': { status: 200, body: { data: { version: '9.2' } } } });
    const client = open(server);
    expect(client.serverCertificate()).toBeNull();
    await client.getVersion();
    expect(client.serverCertificate()).toBe(server.fingerprint);
    await client.getNodes().catch(() => undefined); // a 501, which closes the connection
    await client.getVersion();
    expect(server.connectionCount()).toBe(2);
    expect(client.serverCertificate()).toBe(server.fingerprint);
  });

  it('is none over plain HTTP', async () => {
    const { createServer } = await import('node:http');
    const port = await listen(
      createServer((_request, response) => response.end('{"data":{"version":"9.2"}}')) as never,
    );
    const client = open({ url: `http://127.0.0.1:${port}` }, { tls: { insecure: true } });
    await client.getVersion();
    expect(client.serverCertificate()).toBeNull();
  });
});
