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
    const seen = await provider.discover({ scopes: [], maskKey: MASK_KEY, knownUpids: new Map(), knownIdentity });
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
    lab.rotateCertificate('pve1');
    const rotated = await identityOf(lab, identity);
    expect(rotated).toMatchObject({ asked: 1, identity: { rootCa: caOf(lab), certificates: [lab.fingerprint] } });
    const elsewhere = await identityOf(lab, identity, lab.nodeUrl('pve2'));
    expect(elsewhere).toMatchObject({ asked: 1, identity: { certificates: [lab.nodeFingerprint('pve2')] } });
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
