import { networkInterfaces } from 'node:os';
import { expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { describeCases, openCase, runCase, serveCase } from './field-case.ts';

const WORLD = {
  nodes: [{ node: 'pve1' }],
  resources: [{ type: 'qemu', vmid: 100, name: 'web', status: 'running' }],
};

describeCases('what stands between', () => {
  it('19-html-login: a login page is named for what it is, and nothing is stored', async () => {
    const one = await runCase('19-html-login');
    const [ran] = one.discovered;
    expect(ran?.status).toBe(EXIT.failed);
    expect(ran?.stderr).toMatch(/GET \/version on https:.*: the answer is no JSON; it begins "<!DOCTYPE html>/);
    expect(await one.run('providers test')).toMatchObject({ status: EXIT.failed });
    expect((await one.run('providers list -o name')).stdout).toBe('');
  });

  it('20-path-prefix: an API below a path of a reverse proxy is read', async () => {
    const one = await runCase('20-path-prefix');
    expect(one.discovered[0]).toMatchObject({ status: EXIT.done });
    expect(one.server.requests.every((line) => / \/pve\/api2\/json\//.test(line))).toBe(true);
    expect(await one.run('providers test')).toMatchObject({ status: EXIT.done });
    expect((await one.run('list-vms -o name')).stdout).toBe('pve/100\n');
  });

  it('23-html-type-json-body: JSON under the name of HTML is JSON', async () => {
    const one = await runCase('23-html-type-json-body');
    expect(one.discovered.map(({ status }) => status)).toEqual([EXIT.done, EXIT.done]);
  });

  it('46-bad-gateway-config: what could not be read keeps its values, and nothing is removed', async () => {
    const one = await runCase('46-bad-gateway-config');
    expect(one.discovered.map(({ status }) => status)).toEqual([EXIT.done, EXIT.done, EXIT.partial, EXIT.partial]);
    expect(one.discovered[2]?.stdout).toContain('Bad Gateway (502)');
    expect(one.discovered.map(({ stdout }) => stdout).join()).not.toContain('<html>');
    const guests = (await one.run('list-vms -o json')).rows;
    expect(guests).toMatchObject([
      { vmid: 100, tags: ['x'], document: { memory: 1024, description: 'keep' }, presence: 'unobservable' },
      { vmid: 101, presence: 'unobservable' },
    ]);
    expect((await one.run('show-changes --kind changed -o json')).rows).toEqual([]);
  });

  it('47-redirect: the address of the API is asked for', async () => {
    const one = await runCase('47-redirect');
    expect(one.discovered[0]?.status).not.toBe(EXIT.done);
    expect(one.discovered[0]?.stderr).toContain('redirects: give the address of the API itself');
    expect(one.server.requests).toHaveLength(1);
    expect((await one.run('providers test')).stderr).toContain('redirects: give the address of the API itself');
  });

  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const onIpv6 = addresses.some(({ address }) => address === '::1') ? it : it.skip;
  onIpv6('31-ipv6: an address on IPv6 is taken in brackets, and asked for where it could be two things', async () => {
    const server = await serveCase({ cluster: 'six', ...WORLD }, { host: '::1' });
    const port = new URL(server.url).port;
    for (const endpoint of [server.url, `[::1]:${port}`, `${server.url}/`, `${server.url}/api2/json`]) {
      const env = { PROXMOX_VE_ENDPOINT: endpoint, PROXMOX_VE_FINGERPRINT: server.fingerprint };
      const one = await openCase({ resources: [] }, { env });
      expect({ endpoint, status: (await one.run('discover-all')).status }).toEqual({ endpoint, status: EXIT.done });
      expect((await one.run('list-vms -o name')).stdout).toBe('pve/100\n');
    }
    const one = await openCase({ resources: [] }, { env: { PROXMOX_VE_ENDPOINT: 'fd00::2:8006' } });
    const ran = await one.run('discover-all');
    expect(ran.status).toBe(EXIT.usage);
    expect(ran.stderr).toContain('[fd00::2]:8006');
  });

  it.each([
    ['a fingerprint', {}],
    ['a CA', { key: 'key3.pem', cert: 'cert3.pem' }],
  ])('32-ring-ips: addresses that nobody outside reaches cost nothing, with %s', async (_name, certificate) => {
    const nodes = [1, 2, 3, 4, 5].map((n) => ({ node: `pve${n}`, ip: `198.18.100.${n}` }));
    const resources = nodes.map(({ node }, index) => ({ type: 'qemu', vmid: 100 + index, node, status: 'running' }));
    const one = await openCase({ cluster: 'ipdc1', nodes, resources }, certificate);
    for (let run = 0; run < 2; run += 1)
      expect(await one.run('discover-all')).toMatchObject({ status: EXIT.done, stderr: '' });
    expect((await one.run('list-vms -o json')).rows).toHaveLength(5);
    // An address that never answered is none to complain of.
    expect((await one.run('sync-status')).stdout).not.toContain('198.18.');
  });

  it('33-cert-renewed: one hint mends it, and what was recorded can be read meanwhile', async () => {
    const server = await serveCase(WORLD);
    const { port } = new URL(server.url);
    const env = { PROXMOX_VE_ENDPOINT: server.url, PROXMOX_VE_FINGERPRINT: server.fingerprint };
    const one = await openCase({ resources: [] }, { env });
    expect(await one.run('discover-all')).toMatchObject({ status: EXIT.done });
    await server.close();
    const renewed = await serveCase(WORLD, { port: Number(port), key: 'key2.pem', cert: 'cert2.pem' });
    const refused = await one.run('discover-all');
    expect(refused.status).toBe(EXIT.unreachable);
    const hint = `PROXMOX_VE_FINGERPRINT=${renewed.fingerprint}`;
    expect(refused.stderr).toContain(hint);
    expect(await one.run('list-vms -o name')).toMatchObject({ status: EXIT.done, stdout: 'pve/100\n' });
    // To store another one would change nothing while the variable is set: the same hint again.
    const trusted = await one.run(['providers', 'trust', 'pve', '--fingerprint', renewed.fingerprint]);
    expect(trusted.status).toBe(EXIT.usage);
    expect(trusted.stderr).toContain(hint);
    const mended = await one.run('discover-all', { PROXMOX_VE_FINGERPRINT: renewed.fingerprint });
    expect(mended).toMatchObject({ status: EXIT.done, stderr: '' });
    expect((await one.run('show-changes --kind changed -o json')).rows).toEqual([]);
  });
});
