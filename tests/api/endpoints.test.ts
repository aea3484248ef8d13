import { createServer as createHttpServer } from 'node:http';
import type { Server } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { makeCertificate } from '../helpers/certificate.ts';
import { DEAD, DEAD_TOO } from '../helpers/dead-address.ts';
import { failure } from './open-client.ts';
import { listen, open, replay } from './servers.ts';

const version = { status: 200, body: { data: { version: '8.4.21' } } };

describe('the certificate', () => {
  const pinned = (fingerprint: string) => ({ tls: { fingerprint } });

  it('is trusted by its fingerprint, however it is written', async () => {
    const server = await replay({ 'GET /version': version });
    const bare = server.fingerprint.replaceAll(':', '').toLowerCase();
    const other = 'AB'.repeat(32);
    for (const fingerprint of [server.fingerprint, bare, `sha256:${bare}`, `${other}, ${server.fingerprint}`]) {
      await expect(open({ url: server.url }, pinned(fingerprint)).getVersion()).resolves.toMatchObject({
        version: '8.4.21',
      });
    }
  });

  it('with another fingerprint gets no request', async () => {
    const server = await replay({ 'GET /version': version });
    const error = await failure(open({ url: server.url }, pinned('AB'.repeat(32))).getVersion());
    expect(error).toMatchObject({ code: 'certificate', retryable: false });
    expect(error.message).toContain(`seen SHA-256 ${server.fingerprint}`);
    expect(server.requests).toEqual([]);
  });

  it('is refused at an address for which nothing is pinned, with the fingerprint seen', async () => {
    const server = await replay({ 'GET /version': version });
    const client = open(
      { url: server.url },
      { tls: { fingerprint: '', pins: { 'https://pve9:8006': 'AB'.repeat(32) } } },
    );
    const error = await failure(client.getVersion());
    expect(error).toMatchObject({ code: 'certificate', message: expect.stringContaining(server.fingerprint) });
    expect(server.requests).toEqual([]);
  });

  it('that nobody vouches for is refused, with its fingerprint', async () => {
    const server = await replay({ 'GET /version': version });
    const client = open({ url: server.url });
    const [first, second] = await Promise.all([failure(client.getVersion()), failure(client.getNodes())]);
    expect(first).toMatchObject({ code: 'certificate', hint: expect.stringContaining('PROXMOX_VE_CA_FILE') });
    expect(first.hint).toContain(`PROXMOX_VE_FINGERPRINT=${server.fingerprint}`);
    expect(second.code).toBe('certificate');
    expect(server.requests).toEqual([]);
  });

  it('for another host, or an expired one, is refused although its CA is known', async () => {
    const elsewhere = await replay({}, { certificate: await makeCertificate({ host: 'pve.example' }) });
    expect((await failure(open(elsewhere).getVersion())).message).toContain('another host name');
    const old = { notBefore: new Date(Date.now() - 2e8), notAfter: new Date(Date.now() - 1e8) };
    const expired = await replay({}, { certificate: await makeCertificate(old) });
    expect((await failure(open(expired).getVersion())).message).toContain('has expired');
  });

  it('is not looked at with `insecure`, which is said', async () => {
    const server = await replay({ 'GET /version': version });
    const warnings: string[] = [];
    const client = open(
      { url: server.url },
      { tls: { insecure: true }, onWarning: (message) => warnings.push(message) },
    );
    expect(await client.getVersion()).toMatchObject({ version: '8.4.21' });
    expect(warnings).toEqual([expect.stringContaining('is not verified')]);
  });
});

describe('what is no Proxmox VE', () => {
  it('plain HTTP on the port is told from a certificate', async () => {
    const port = await listen(createHttpServer((_request, response) => response.end()) as unknown as Server);
    const error = await failure(open({ url: `https://127.0.0.1:${port}` }, { retries: 0 }).getVersion());
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('the TLS handshake failed') });
  });

  it('a plain address is refused before anything is sent, and with `insecure` its redirect is explained', async () => {
    let requests = 0;
    const port = await listen(
      createHttpServer((_request, response) => {
        requests += 1;
        response.writeHead(301, { Location: 'https://elsewhere/' }).end();
      }) as unknown as Server,
    );
    const url = `http://127.0.0.1:${port}`;
    expect(() => open({ url })).toThrow(/not encrypted/);
    expect(requests).toBe(0);
    expect(await failure(open({ url }, { tls: { insecure: true } }).getVersion())).toMatchObject({
      code: 'configuration',
      hint: expect.stringContaining('redirects'),
    });
  });

  it('a port where nothing listens is refused, a host that is none not found', async () => {
    expect((await failure(open({ url: DEAD }, { retries: 1 }).getVersion())).message).toContain(
      'refused (ECONNREFUSED)',
    );
    const error = await failure(open({ url: 'https://nope.invalid' }, { retries: 0 }).getVersion());
    expect(error).toMatchObject({ code: 'unreachable', hint: expect.stringContaining('DNS') });
  });
});

describe('several addresses', () => {
  it('are tried in order, and the one that answers is kept', async () => {
    const alive = await replay({ 'GET /version': version });
    const client = open(alive, { endpoints: [DEAD, alive.url], tls: { insecure: true }, retries: 0 });
    await client.getVersion();
    await client.getVersion();
    expect(client.requestCount).toBe(3);
  });

  it('fail together, with the reason of the first', async () => {
    const error = await failure(open({ url: DEAD }, { endpoints: [DEAD, DEAD_TOO], retries: 0 }).getVersion());
    expect(error.message).toContain(`${DEAD}: the connection was refused (ECONNREFUSED); 1 other address failed too`);
  });

  it('are not tried for an answer, however bad', async () => {
    const [one, two] = [await replay({}), await replay({ 'GET /version': version })];
    const client = open(one, { endpoints: [one.url, two.url], tls: { insecure: true } });
    expect(await failure(client.getVersion())).toMatchObject({ code: 'no-endpoint' });
    expect(two.requests).toEqual([]);
  });

  it('are tried when a certificate is wrong, which is said once and got no request', async () => {
    const [one, two] = [await replay({}), await replay({ 'GET /version': version })];
    const warnings: string[] = [];
    const client = open(one, {
      endpoints: [one.url, two.url],
      tls: { fingerprint: two.fingerprint },
      onWarning: (message) => warnings.push(message),
    });
    await client.getVersion();
    await client.getVersion();
    expect(one.requests).toEqual([]);
    expect(client.serverCertificate()).toBe(two.fingerprint);
    expect(warnings).toEqual([expect.stringContaining(`${one.url}: the certificate has another fingerprint`)]);
    expect(client.endpoints()).toMatchObject([
      { url: one.url, failures: 1, fingerprint: one.fingerprint, error: expect.stringContaining('fingerprint') },
      { url: two.url, failures: 0, fingerprint: two.fingerprint, error: null },
    ]);
  });

  it('must be given', () => {
    expect(() => open({ url: '' }, { endpoints: [] })).toThrow('No address of a Proxmox VE server is given');
  });
});
