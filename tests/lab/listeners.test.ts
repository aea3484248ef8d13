import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:net';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { call, getRow, getRows } from './client.ts';
import { openLab } from './labs.ts';

const SMALL = { vms: 2, containers: 1, endpoints: 'per-node' } as const;

/** What a server shows to someone who trusts nothing but the given CA. */
async function shown(url: string, ca: string, servername?: string): Promise<DetailedPeerCertificate> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca, ...(servername !== undefined && { servername }) });
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate(true));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

async function failure(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => 'answered',
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
}

describe('a lab with an address for every node', () => {
  it('listens on one port of several addresses, and each node answers as itself', async () => {
    const lab = await openLab(SMALL);
    expect([1, 2, 3].map((id) => lab.nodeUrl(`pve${id}`))).toEqual([
      `https://127.0.0.1:${lab.port}`,
      `https://127.0.0.2:${lab.port}`,
      `https://127.0.0.3:${lab.port}`,
    ]);
    expect(lab.nodeUrl('pve1')).toBe(lab.url);
    expect(() => lab.nodeUrl('pve9')).toThrow('the lab has no node pve9');
    for (const at of ['pve1', 'pve3']) {
      const rows = (await getRows(lab, '/cluster/status', { at })).filter(({ type }) => type === 'node');
      expect(rows.map(({ name, ip, local }) => [name, ip, local])).toEqual(
        [1, 2, 3].map((id) => [`pve${id}`, `127.0.0.${id}`, at === `pve${id}` ? 1 : 0]),
      );
      const [, own] = await getRows(lab, '/nodes/localhost/certificates/info', { at });
      expect(own?.['fingerprint']).toBe(lab.nodeFingerprint(at));
    }
    expect(new Set(lab.requests.map(({ listener }) => listener))).toEqual(new Set(['pve1', 'pve3']));
  });

  it('certificates are of the nodes, all by one CA that no other lab has', async () => {
    const [lab, other] = [await openLab(SMALL), await openLab(SMALL)];
    expect(lab.caPem).not.toBe(other.caPem);
    expect(new X509Certificate(lab.caPem).subject).toMatch(
      /^CN=Proxmox Virtual Environment\nOU=[0-9a-f-]{36}\nO=PVE Cluster Manager CA$/,
    );
    for (const name of ['pve1', 'pve2', 'pve3']) {
      const seen = await shown(lab.nodeUrl(name), lab.caPem);
      expect(seen).toMatchObject({ subject: { CN: name }, fingerprint256: lab.nodeFingerprint(name) });
      await shown(lab.nodeUrl(name), lab.caPem, name);
      await expect(shown(lab.nodeUrl(name), other.caPem)).rejects.toThrow(/unable to|self.signed|signature/);
    }
    await shown(lab.url, lab.caPem, 'localhost');
    await expect(shown(lab.nodeUrl('pve2'), lab.caPem, 'localhost')).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it('a new certificate is seen by new connections, and told', async () => {
    const lab = await openLab(SMALL);
    const before = lab.nodeFingerprint('pve2');
    lab.rotateCertificate('pve2');
    const seen = await shown(lab.nodeUrl('pve2'), lab.caPem);
    expect(seen.fingerprint256).toBe(lab.nodeFingerprint('pve2'));
    expect(seen.fingerprint256).not.toBe(before);
    const rows = await getRows(lab, '/nodes');
    expect(rows.find(({ node }) => node === 'pve2')?.['ssl_fingerprint']).toBe(seen.fingerprint256);
  });

  it('a new CA signs for all nodes', async () => {
    const lab = await openLab(SMALL);
    const before = { ca: lab.caPem, fingerprints: [1, 2, 3].map((id) => lab.nodeFingerprint(`pve${id}`)) };
    lab.replaceCa();
    expect(lab.caPem).not.toBe(before.ca);
    await expect(shown(lab.nodeUrl('pve3'), before.ca)).rejects.toThrow(/unable to|self.signed|signature/);
    expect((await shown(lab.nodeUrl('pve3'), lab.caPem)).fingerprint256).toBe(lab.nodeFingerprint('pve3'));
    const [root] = await getRows(lab, '/nodes/pve2/certificates/info', { at: 'pve1' });
    expect(root).toMatchObject({ pem: lab.caPem, fingerprint: new X509Certificate(lab.caPem).fingerprint256 });
    expect(before.fingerprints).not.toContain(lab.fingerprint);
  });

  it('a node that is off resets connections, also those that are open, and the others tell 595', async () => {
    const lab = await openLab({ ...SMALL, latencyMs: 50 });
    const pending = failure(call(lab, 'GET', '/version', { at: 'pve2' }));
    while (lab.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    lab.node('pve2').powerOff();
    expect(await pending).toBe('ECONNRESET');
    expect(await failure(call(lab, 'GET', '/version', { at: 'pve2' }))).toBe('ECONNRESET');
    expect(await call(lab, 'GET', '/nodes/pve2/version', { at: 'pve3' })).toMatchObject({ status: 595, text: '' });
    lab.node('pve2').powerOn();
    expect(await getRow(lab, '/nodes/pve1/version', { at: 'pve2' })).toMatchObject({ release: '8.4' });
  });

  it('a frozen node takes connections and does not answer until it thaws; a hop to it ends with 596', async () => {
    const lab = await openLab({ ...SMALL, frozenDelayMs: 5 });
    lab.node('pve2').freeze();
    let isAnswered = false;
    const held = call(lab, 'GET', '/version', { at: 'pve2' }).then((reply) => {
      isAnswered = true;
      return reply;
    });
    expect(await call(lab, 'GET', '/nodes/pve2/version')).toMatchObject({ status: 596 });
    expect(await call(lab, 'GET', '/nodes/pve3/version')).toMatchObject({ status: 200 });
    expect(isAnswered).toBe(false);
    lab.node('pve2').thaw();
    expect(await held).toMatchObject({ status: 200 });
  });

  it('without quorum each node sees only itself', async () => {
    const lab = await openLab(SMALL);
    lab.quorum(false);
    for (const at of ['pve1', 'pve2']) {
      const rows = await getRows(lab, '/cluster/status', { at });
      expect(rows.filter(({ online }) => online === 1).map(({ name }) => name)).toEqual([at]);
    }
  });

  it('refuses connections while it does not listen, and comes back at the same addresses', async () => {
    const lab = await openLab(SMALL);
    await lab.stopListening();
    expect(await failure(call(lab, 'GET', '/version', { at: 'pve3' }))).toBe('ECONNREFUSED');
    await lab.resumeListening();
    expect(await call(lab, 'GET', '/version', { at: 'pve3' })).toMatchObject({ status: 200 });
  });

  it('takes another port when one of the addresses has it taken, unless it was told which', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.2', resolve));
    const bound = blocker.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    await expect(startLab({ ...SMALL, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await new Promise((resolve) => blocker.close(resolve));
    const labs = await Promise.all(Array.from({ length: 4 }, () => openLab(SMALL)));
    expect(new Set(labs.map((lab: Lab) => lab.port)).size).toBe(4);
    await expect(startLab({ ...SMALL, nodes: 255 })).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('a lab at one address', () => {
  it('has a certificate for it, with the names of the first node', async () => {
    const lab = await openLab({ vms: 1, containers: 0 });
    const [, server] = await getRows(lab, '/nodes/pve1/certificates/info');
    expect(server).toMatchObject({
      subject: '/OU=PVE Cluster Node/O=Proxmox Virtual Environment/CN=pve1',
      fingerprint: lab.fingerprint,
      san: expect.arrayContaining(['127.0.0.1', '0000:0000:0000:0000:0000:0000:0000:0001', 'localhost', 'pve1']),
    });
    expect((await shown(lab.url, lab.caPem, 'localhost')).fingerprint256).toBe(lab.fingerprint);
    expect(() => lab.nodeUrl('pve2')).toThrow('has no address of its own');
  });

  it('is slow when it is told to be', async () => {
    const lab = await openLab({ vms: 1, containers: 0, latencyMs: 40 });
    const startedAt = performance.now();
    await getRow(lab, '/version');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(38);
  });
});
