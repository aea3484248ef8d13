import { createServer } from 'node:https';
import { describe, expect, it } from '@jest/globals';
import { openProxmoxClient, type ProxmoxClient } from '../../src/api/proxmox-client.ts';
import type { TransportOptions } from '../../src/api/transport.ts';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { failure, TOKEN } from './open-client.ts';
import { closers } from './servers.ts';

async function perNode(options: LabOptions = {}): Promise<Lab> {
  const lab = await startLab({ nodes: 3, vms: 3, containers: 0, endpoints: 'per-node', ...options });
  closers.push(() => lab.close());
  return lab;
}

function clientOf(lab: Lab, options: Partial<TransportOptions> = {}): ProxmoxClient {
  const [tokenId = '', secret = ''] = lab.token.split('=');
  const client = openProxmoxClient({
    endpoints: [lab.url],
    tls: { ca: lab.caPem },
    credential: { kind: 'token', tokenId, secret },
    retryBaseMs: 1,
    ...options,
  });
  closers.push(() => client.close());
  return client;
}

/** `pve1 /version`, and so on. */
function seen(lab: Lab): string[] {
  return lab.requests.splice(0).map(({ listener, path }) => `${listener} ${path.split('?')[0]}`);
}

describe('a call about a node', () => {
  it('goes through the configured address until the cluster has told of the node, then to the node', async () => {
    const lab = await perNode();
    const client = clientOf(lab);
    await client.getNodeStatus('pve2');
    await client.getClusterStatus();
    await Promise.all([client.getNodeStatus('pve2'), client.getVMs('pve3'), client.getNodeStatus('pve1')]);
    await client.getNodes();
    expect(seen(lab).sort()).toEqual([
      'pve1 /cluster/status',
      'pve1 /nodes',
      'pve1 /nodes/pve1/status',
      'pve1 /nodes/pve2/status',
      'pve2 /nodes/pve2/status',
      'pve3 /nodes/pve3/qemu',
    ]);
    expect(client.endpoints()).toMatchObject([
      { url: lab.url, node: 'pve1', isConfigured: true, fingerprint: lab.nodeFingerprint('pve1'), failures: 0 },
      { url: lab.nodeUrl('pve2'), node: 'pve2', isConfigured: false, fingerprint: lab.nodeFingerprint('pve2') },
      { url: lab.nodeUrl('pve3'), node: 'pve3', isConfigured: false, fingerprint: lab.nodeFingerprint('pve3') },
    ]);
  });

  it('goes through another node after its own failed, at most once there', async () => {
    const lab = await perNode();
    const client = clientOf(lab, { retries: 0 });
    await client.getClusterStatus();
    await client.getNodeStatus('pve2');
    lab.node('pve2').powerOff();
    seen(lab);
    for (let call = 0; call < 3; call += 1) {
      // The hop's own answer: nobody can reach that node.
      expect(await failure(client.getNodeStatus('pve2'))).toMatchObject({ code: 'node-unreachable' });
    }
    expect(seen(lab)).toEqual(Array.from({ length: 3 }, () => 'pve1 /nodes/pve2/status'));
    const [first, second] = client.endpoints();
    expect(first).toMatchObject({ node: 'pve1', failures: 0, error: null });
    expect(second).toMatchObject({ node: 'pve2', failures: 1, error: expect.stringMatching(/reset|closed|refused/) });
  });

  it('goes to it again after it came back', async () => {
    const lab = await perNode();
    let nowMs = Date.now();
    const client = clientOf(lab, { clock: () => nowMs });
    lab.node('pve2').powerOff();
    await client.getClusterStatus();
    await failure(client.getNodeStatus('pve2'));
    lab.node('pve2').powerOn();
    await client.getNodeStatus('pve2');
    nowMs += 36_001;
    seen(lab);
    await client.getNodeStatus('pve2');
    expect(seen(lab)).toEqual(['pve2 /nodes/pve2/status']);
  });

  it('works with a ticket that another node gave', async () => {
    const lab = await perNode();
    const { user, password } = lab.password;
    const client = clientOf(lab, { credential: { kind: 'password', user, password } });
    await client.getClusterStatus();
    await client.getNodeStatus('pve3');
    expect(seen(lab)).toEqual(['pve1 /access/ticket', 'pve1 /cluster/status', 'pve3 /nodes/pve3/status']);
  });

  it('waits for no node that hangs, longer than it takes to find out', async () => {
    const lab = await perNode();
    lab.node('pve2').freeze();
    const client = clientOf(lab, { timeoutsMs: { connect: 2_000 }, retries: 0 });
    await client.getClusterStatus();
    expect(await failure(client.getNodeStatus('pve2'))).toMatchObject({ code: 'node-unreachable' });
    expect(client.endpoints()[1]).toMatchObject({ node: 'pve2', failures: 1, error: 'no connection within 2 s' });
    lab.node('pve2').thaw();
  });
});

describe('the trust in a learnt address', () => {
  it('comes from a pin of its own; without one it is not even connected to', async () => {
    const lab = await perNode();
    const pins = { pve1: lab.nodeFingerprint('pve1'), pve2: lab.nodeFingerprint('pve2') };
    const client = clientOf(lab, { tls: { fingerprint: '', pins } });
    await client.getClusterStatus();
    await Promise.all([client.getNodeStatus('pve2'), client.getNodeStatus('pve3')]);
    expect(seen(lab).sort()).toEqual(['pve1 /cluster/status', 'pve1 /nodes/pve3/status', 'pve2 /nodes/pve2/status']);
    expect(client.endpoints()[2]).toMatchObject({
      node: 'pve3',
      failures: 0,
      lastOkAt: null,
      error: 'no fingerprint of node pve3 is pinned',
    });
  });

  it('ends with a certificate of which no pinned node tells: its node gets no token, and the others answer for it', async () => {
    const lab = await perNode();
    lab.faults.add({ match: /^GET \/nodes$/, effect: { kind: 'empty-list' } });
    const pins = Object.fromEntries(['pve1', 'pve2', 'pve3'].map((name) => [name, lab.nodeFingerprint(name)]));
    const warnings: string[] = [];
    const client = clientOf(lab, { tls: { pins }, onWarning: (message) => warnings.push(message) });
    lab.rotateCertificate('pve2');
    await client.getClusterStatus();
    await Promise.all([client.getNodeStatus('pve2'), client.getNodeStatus('pve2'), client.getNodeStatus('pve3')]);
    expect(seen(lab).sort()).toEqual([
      'pve1 /cluster/status',
      'pve1 /nodes',
      'pve1 /nodes/pve2/status',
      'pve1 /nodes/pve2/status',
      'pve3 /nodes/pve3/status',
    ]);
    expect(client.endpoints()[1]).toMatchObject({
      node: 'pve2',
      failures: 1,
      fingerprint: lab.nodeFingerprint('pve2'),
      error: expect.stringContaining('another fingerprint'),
    });
    expect(warnings).toEqual([]);
  });

  it('goes on with a new certificate of which a pinned node tells', async () => {
    const lab = await perNode();
    const pins = Object.fromEntries(['pve1', 'pve2', 'pve3'].map((name) => [name, lab.nodeFingerprint(name)]));
    const warnings: string[] = [];
    const client = clientOf(lab, { tls: { pins }, onWarning: (message) => warnings.push(message) });
    lab.rotateCertificate('pve2');
    await client.getClusterStatus();
    await Promise.all([client.getNodeStatus('pve2'), client.getNodeStatus('pve2')]);
    expect(seen(lab).sort()).toEqual([
      'pve1 /cluster/status',
      'pve1 /nodes',
      'pve2 /nodes/pve2/status',
      'pve2 /nodes/pve2/status',
    ]);
    expect(warnings).toEqual([
      `${lab.nodeUrl('pve2')} is changing its certificate to SHA-256 ${lab.nodeFingerprint('pve2')}, of which a connection with the pinned one tells: pin it before the old one is gone, with PROXMOX_VE_FINGERPRINT=OLD,NEW`,
    ]);
  });

  it('survives that when the cluster’s CA vouches for the new one', async () => {
    const lab = await perNode();
    const client = clientOf(lab);
    await client.getClusterStatus();
    lab.rotateCertificate('pve2');
    await client.getNodeStatus('pve2');
    expect(client.endpoints()[1]).toMatchObject({ failures: 0, fingerprint: lab.nodeFingerprint('pve2') });
  });

  it('is none in another cluster’s node, who sees no token', async () => {
    const lab = await perNode();
    const client = clientOf(lab, { retries: 0 });
    await client.getClusterStatus();
    await client.getNodeStatus('pve2');
    lab.replaceCa(); // new connections see certificates of a CA that the client does not know
    seen(lab);
    await failure(client.getNodeStatus('pve3'));
    expect(seen(lab).filter((request) => request.startsWith('pve3'))).toEqual([]);
    expect(client.endpoints()[2]).toMatchObject({
      node: 'pve3',
      failures: 1,
      error: expect.stringContaining('certificate'),
    });
  });

  it('comes with the name of its node where the certificate names no IP address', async () => {
    const [named, stranger] = await Promise.all([twoNodes('pve2'), twoNodes('pve7')]);
    await named.client.getClusterStatus();
    await named.client.getNodeStatus('pve2');
    expect(named.paths).toEqual(['127.0.0.1 /cluster/status', '127.0.0.2 /nodes/pve2/status']);
    await stranger.client.getClusterStatus();
    await stranger.client.getNodeStatus('pve2');
    expect(stranger.paths).toEqual(['127.0.0.1 /cluster/status', '127.0.0.1 /nodes/pve2/status']);
  });

  it('is none with `insecure`: no address is learnt', async () => {
    const lab = await perNode();
    const client = clientOf(lab, { tls: { insecure: true } });
    await client.getClusterStatus();
    await client.getNodeStatus('pve2');
    expect(seen(lab)).toEqual(['pve1 /cluster/status', 'pve1 /nodes/pve2/status']);
    expect(client.endpoints()).toHaveLength(1);
  });
});

describe('addresses of IPv6', () => {
  it('are used as they are told', async () => {
    const { client, paths } = await twoNodes('::1', { first: '::1', second: '::1' });
    await client.getClusterStatus();
    await client.getNodeStatus('pve1');
    expect(paths).toEqual(['::1 /cluster/status', '::1 /nodes/pve1/status']);
    expect(client.endpoints()).toMatchObject([
      { url: expect.stringContaining('https://[::1]:'), node: 'pve1', failures: 0 },
    ]);
  });
});

/** Two servers at one port; the second one's certificate is for `host` alone. */
async function twoNodes(host: string, { first = '127.0.0.1', second = '127.0.0.2' } = {}) {
  const [one, two] = [await makeCertificate(), await makeCertificate({ host })];
  const paths: string[] = [];
  const rows = [
    { type: 'node', name: 'pve1', ip: first, local: 1, online: 1 },
    ...(first === second ? [] : [{ type: 'node', name: 'pve2', ip: second, local: 0, online: 1 }]),
  ];
  const listen = async (address: string, port: number, { key, pem }: { key: string; pem: string }): Promise<number> => {
    const server = createServer({ key, cert: pem }, ({ url = '' }, response) => {
      paths.push(`${address} ${url.replace('/api2/json', '')}`);
      response.end(JSON.stringify({ data: url.endsWith('/cluster/status') ? rows : {} }));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, address, resolve);
    });
    closers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as { port: number }).port;
  };
  const port = await listen(first, 0, first === second ? two : one);
  if (first !== second) await listen(second, port, two);
  const client = openProxmoxClient({
    endpoints: [`https://${first.includes(':') ? `[${first}]` : first}:${port}`],
    tls: { ca: `${one.pem}\n${two.pem}` },
    credential: TOKEN,
    retryBaseMs: 1,
  });
  closers.push(() => client.close());
  return { client, paths };
}
