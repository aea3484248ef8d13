import { X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openProxmoxClient } from '../../src/api/proxmox-client.ts';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import { ProxmoxProvider } from '../../src/providers/proxmox/proxmox-provider.ts';
import type { ClusterIdentity } from '../../src/types/observation.ts';
import { MASK_KEY } from './day.ts';

const opened: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

async function openLab(options?: LabOptions): Promise<Lab> {
  const lab = await startLab({ nodes: 2, vms: 1, containers: 0, ...options });
  opened.push(() => lab.close());
  return lab;
}

/** Who answers, as a program finds out that starts anew. */
async function identityOf(lab: Lab, knownIdentity: ClusterIdentity | null = null, url = lab.url) {
  const [tokenId = '', secret = ''] = lab.auditorToken.split('=');
  const client = openProxmoxClient({
    endpoints: [url],
    tls: { ca: lab.caPem },
    credential: { kind: 'token', tokenId, secret },
    retries: 0,
  });
  const provider = new ProxmoxProvider(client, () => new Date());
  lab.clearRequests();
  try {
    const seen = await provider.discover({ scopes: [], maskKey: MASK_KEY, knownTasks: new Map(), knownIdentity });
    return { identity: seen.identity, asked: lab.requests.filter(({ path }) => path.includes('certificates')).length };
  } finally {
    client.close();
  }
}

function caOf(lab: Lab): string {
  return new X509Certificate(lab.caPem).fingerprint256;
}

describe('the identity of a cluster', () => {
  it('has its root CA, which is asked for once', async () => {
    const lab = await openLab();
    const first = await identityOf(lab);
    expect(first).toEqual({
      asked: 1,
      identity: { clusterName: 'lab', nodeNames: ['pve1', 'pve2'], rootCa: caOf(lab), certificates: [lab.fingerprint] },
    });
    expect(await identityOf(lab, first.identity)).toEqual({ asked: 0, identity: first.identity });
  });

  it('is asked for again after a rotation and at another node', async () => {
    const lab = await openLab({ endpoints: 'per-node' });
    const { identity } = await identityOf(lab);
    const [first] = identity.certificates;
    lab.rotateCertificate('pve1');
    const rotated = await identityOf(lab, identity);
    expect(rotated).toMatchObject({
      asked: 1,
      identity: { rootCa: caOf(lab), certificates: [first, lab.fingerprint] },
    });
    const elsewhere = await identityOf(lab, identity, lab.nodeUrl('pve2'));
    expect(elsewhere).toMatchObject({ asked: 1, identity: { certificates: [first, lab.nodeFingerprint('pve2')] } });
  });

  const MOSTLY_OLD = ['new', ...Array.from({ length: 20 }, () => 'old' as const)] as const;

  it.each([
    ['the known one of pve1', 'pve1', 1],
    ['one of pve2 that no file has any more', 'pve2', 2],
  ])('holds while workers show a new certificate and %s', async (_, node, rotations) => {
    const lab = await openLab({ endpoints: 'per-node' });
    const { identity } = await identityOf(lab);
    for (let left = rotations; left > 0; left--) lab.rotateGradually(node, MOSTLY_OLD);
    // Each request has a connection of its own.
    lab.faults.add({ match: /./, effect: { kind: 'close-idle' } });
    const seen = await identityOf(lab, identity, lab.nodeUrl(node));
    expect(seen.identity).toMatchObject({ rootCa: identity.rootCa });
    expect(seen.identity.certificates).toEqual(
      expect.arrayContaining([...identity.certificates, lab.nodeFingerprint(node)]),
    );
  });

  it('has the new CA when that was replaced', async () => {
    const lab = await openLab();
    const { identity } = await identityOf(lab);
    lab.replaceCa();
    const replaced = await identityOf(lab, identity);
    expect(replaced).toMatchObject({ asked: 1, identity: { rootCa: caOf(lab), certificates: [lab.fingerprint] } });
    expect(replaced.identity.rootCa).not.toBe(identity.rootCa);
  });

  it('lacks it when it could not be read, unless there is one to compare with: then the run fails', async () => {
    const lab = await openLab();
    const { identity } = await identityOf(lab);
    const remove = lab.faults.add({ match: /certificates/, effect: { kind: 'status', status: 501 } });
    expect(await identityOf(lab)).toMatchObject({ asked: 1, identity: { rootCa: null, certificates: [] } });
    expect(await identityOf(lab, identity)).toMatchObject({ asked: 0 });
    lab.rotateCertificate('pve1');
    await expect(identityOf(lab, identity)).rejects.toMatchObject({ code: 'no-endpoint' });
    remove();
    lab.faults.add({ match: /certificates/, effect: { kind: 'empty-list' } });
    expect(await identityOf(lab)).toMatchObject({ identity: { rootCa: null, certificates: [lab.fingerprint] } });
  });
});

describe('a run that goes on at another address', () => {
  async function open(lab: Lab, urls: readonly string[], ca = lab.caPem) {
    const { user, password } = lab.password;
    const client = openProxmoxClient({
      endpoints: [...urls],
      tls: { ca },
      credential: { kind: 'password', user, password },
      retries: 0,
    });
    opened.push(async () => client.close());
    return new ProxmoxProvider(client, () => new Date());
  }

  const WHOLE = { scopes: ['nodes', 'vms'] as const, maskKey: MASK_KEY, knownTasks: new Map() };
  const asked = (lab: Lab, path: string) => lab.requests.filter((request) => request.path === path).length;

  it('learns the certificates of all nodes with one call, once', async () => {
    const lab = await openLab({ endpoints: 'per-node', vms: 4 });
    const provider = await open(lab, [lab.url]);
    const { identity } = await provider.discover(WHOLE);
    expect(new Set(lab.requests.map(({ listener }) => listener))).toEqual(new Set(['pve1', 'pve2']));
    expect(identity.certificates).toEqual([lab.fingerprint, lab.nodeFingerprint('pve2')]);
    expect([asked(lab, '/nodes'), asked(lab, '/nodes/localhost/certificates/info')]).toEqual([1, 1]);
    lab.clearRequests();
    expect((await provider.discover({ ...WHOLE, knownIdentity: identity })).identity).toEqual(identity);
    expect([asked(lab, '/nodes'), asked(lab, '/nodes/localhost/certificates/info')]).toEqual([0, 0]);
  });

  it('is refused when that is another cluster', async () => {
    const [lab, other] = [await openLab({ vms: 4 }), await openLab({ vms: 4, seed: 2 })];
    const provider = await open(lab, [lab.url, other.url], lab.caPem + other.caPem);
    const { identity } = await provider.discover(WHOLE);
    expect(other.requests).toEqual([]);
    lab.faults.add({ match: /config$/, effect: { kind: 'reset' } });
    await expect(provider.discover({ ...WHOLE, knownIdentity: identity })).rejects.toMatchObject({
      code: 'wrong-cluster',
      message: `${other.url} showed a certificate that is not known to be of this cluster`,
    });
    expect(other.requests.length).toBeGreaterThan(0);
  });
});
