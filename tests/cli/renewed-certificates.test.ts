import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openWorld, type World } from '../helpers/world.ts';

const PASSWORD = {
  PROXMOX_VE_API_TOKEN: undefined,
  PROXMOX_USER: 'admin@pve',
  PROXMOX_PASSWORD: 'lab-password-1',
};

async function runs(world: World, count: number, env: Record<string, string | undefined> = {}) {
  const outcomes: unknown[] = [];
  for (let run = 0; run < count; run++) {
    const ran = await world.rollcall('discover-all -o json', { env });
    if (ran.stdout === '') throw new Error(ran.stderr);
    outcomes.push([ran.status, ran.rows[0]?.['error'] ?? ran.rows[0]?.['outcome'] ?? ran.stderr]);
  }
  return outcomes;
}

const complete = (count: number) => Array.from({ length: count }, () => [EXIT.done, 'complete']);

describe('while workers show old and new certificates of one CA', () => {
  it('every run is complete where the CA is trusted', async () => {
    const world = await openWorld({ endpoints: 'per-node', nodes: 2, vms: 24 });
    expect(await runs(world, 2)).toEqual(complete(2));
    world.lab.rotateGradually('pve1');
    expect(await runs(world, 3)).toEqual(complete(3));
    world.lab.rotateGradually('pve2');
    world.lab.rotateGradually('pve1');
    expect(await runs(world, 3)).toEqual(complete(3));
  });

  it('a certificate counts that is in no file any more, since the CA has signed it', async () => {
    const world = await openWorld({ endpoints: 'per-node', nodes: 2, vms: 24 });
    // pve2 is new to the program, and what its file has is not what its workers show.
    world.lab.rotateGradually('pve2');
    world.lab.rotateGradually('pve2');
    expect(await runs(world, 3)).toEqual(complete(3));
  });

  it.each([
    ['a token', {}],
    ['a password', PASSWORD],
  ])('every run is complete with a pin and %s, and says what to do', async (_, login) => {
    const world = await openWorld({ nodes: 1, vms: 3 });
    const pin = world.lab.fingerprint;
    const env = { ...login, PROXMOX_VE_CA_FILE: undefined, PROXMOX_VE_FINGERPRINT: pin };
    expect(await runs(world, 1, env)).toEqual(complete(1));
    world.lab.rotateGradually('pve1');
    const ran = await world.rollcall('discover-all', { env });
    expect(ran.status).toBe(EXIT.done);
    expect(ran.stderr).toContain(
      `${world.lab.url} is changing its certificate to SHA-256 ${world.lab.fingerprint}, of which a connection with the pinned one tells`,
    );
    expect(await runs(world, 3, env)).toEqual(complete(3));
  });

  it('no credential goes to a certificate of which no pinned connection tells', async () => {
    const world = await openWorld({ nodes: 1, vms: 1 });
    const env = { PROXMOX_VE_CA_FILE: undefined, PROXMOX_VE_FINGERPRINT: world.lab.fingerprint };
    world.lab.rotateCertificate('pve1');
    world.lab.clearRequests();
    const ran = await world.rollcall('discover-all', { env });
    expect(ran.status).toBe(EXIT.unreachable);
    expect(ran.stderr).toContain('the certificate has another fingerprint than the pinned one');
    expect(world.lab.requests).toEqual([]);
  });

  it('a certificate is refused that the pinned server does not call its own', async () => {
    const world = await openWorld({ nodes: 1, vms: 1 });
    const env = { PROXMOX_VE_CA_FILE: undefined, PROXMOX_VE_FINGERPRINT: world.lab.fingerprint };
    world.lab.rotateGradually('pve1');
    world.lab.faults.add({ match: /^GET \/nodes$/, effect: { kind: 'body', body: '{"data":[{"node":"pve1"}]}' } });
    world.lab.clearRequests();
    const ran = await world.rollcall('discover-all', { env });
    expect(ran.status).toBe(EXIT.unreachable);
    expect(new Set(world.lab.requests.map(({ path }) => path))).toEqual(new Set(['/nodes']));
  });
});
