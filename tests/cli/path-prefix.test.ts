import { expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openWorld } from '../helpers/world.ts';

it('an API below a path of a reverse proxy is read, and its nodes are not looked for past it', async () => {
  const { lab, rollcall, env } = await openWorld({ prefix: '/sites/pve', nodes: 2, vms: 3, containers: 0 });
  const ran = await rollcall('discover-all');
  expect(ran).toMatchObject({ status: EXIT.done, stdout: expect.stringContaining('3 guests, ') });
  expect(lab.requests.every(({ status }) => status === 200)).toBe(true);
  const { rows } = await rollcall('sync-status -o json');
  expect(rows).toMatchObject([{ endpoints: [{ url: env['PROXMOX_VE_ENDPOINT'], node: 'pve1' }] }]);
  expect(rows[0]?.['endpoints']).toHaveLength(1);
  expect(await rollcall('discover-all')).toMatchObject({ status: EXIT.done });
  expect(await rollcall('providers test')).toMatchObject({ status: EXIT.done });
});

it('what answers elsewhere is told apart', async () => {
  const { lab, rollcall } = await openWorld({ prefix: '/pve', nodes: 1, vms: 1 });
  const ran = await rollcall('discover-all', { env: { PROXMOX_VE_ENDPOINT: lab.url } });
  expect(ran.status).toBe(EXIT.failed);
  expect(ran.stderr).toContain('error: GET /version: Not Found (404)');
  expect(ran.stderr).toContain('https://HOST/PATH');
});

it('stays with a provider that is stored, and is trusted by a pin', async () => {
  const { lab, rollcall, env } = await openWorld({ prefix: '/pve', nodes: 1, vms: 1 });
  const endpoint = String(env['PROXMOX_VE_ENDPOINT']);
  const own = { PROXMOX_VE_ENDPOINT: undefined, PROXMOX_VE_CA_FILE: undefined, PROXMOX_VE_API_TOKEN: undefined };
  const [tokenId = '', secret = ''] = lab.token.split('=');
  const add = ['providers', 'add', 'site', '--endpoint', endpoint, '--fingerprint', lab.fingerprint];
  const added = await rollcall([...add, '--token-id', tokenId, '--secret', 'env:SECRET'], {
    env: { ...own, SECRET: secret },
  });
  expect(added.status).toBe(EXIT.done);
  const ran = await rollcall('discover-all --provider site', { env: { ...own, SECRET: secret } });
  expect(ran.status).toBe(EXIT.done);
  expect((await rollcall('providers show site', { env: own })).stdout).toContain(endpoint);
});
