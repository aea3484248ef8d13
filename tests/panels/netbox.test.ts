import { beforeAll, describe, expect, it } from '@jest/globals';
import { type FakeNetbox, startNetbox } from '../helpers/fake-netbox.ts';
import { openPanelWorld } from './panel-world.ts';

const ANY = { id: expect.any(String) };

describe('a panel that is NetBox', () => {
  const { env, rollcall, everything } = openPanelWorld();
  let netbox: FakeNetbox;
  beforeAll(async () => {
    netbox = await startNetbox();
    env['NETBOX_TOKEN'] = netbox.token;
    netbox.add('virtualization/cluster-types', { name: 'pve', slug: 'pve' });
    netbox.add('virtualization/clusters', { name: 'pve', type: { slug: 'pve' }, status: 'active' });
    for (const name of ['web', 'db', 'mail', 'old', 'new']) {
      const status = name === 'old' ? 'offline' : 'active';
      netbox.add('virtualization/virtual-machines', {
        name,
        status,
        cluster: { name: 'pve' },
        vcpus: 2,
        memory: 2048,
        disk: 10240,
      });
    }
    Object.assign(netbox.list('virtualization/virtual-machines')[0] ?? {}, {
      custom_fields: { vmid: 100 },
      primary_ip: { address: '192.0.2.1/24' },
      tenant: { id: 3, slug: 'acme' },
    });
    await rollcall(`panel add nb --type netbox --url ${netbox.url} --token env:NETBOX_TOKEN --map native_id=vmid`);
  });

  it('lists its virtual machines, page by page', async () => {
    const ran = await rollcall('panel test nb -o json');
    expect(ran.json).toMatchObject({ count: 5, doubt: null });
    expect(ran.json).toMatchObject({
      records: expect.arrayContaining([
        expect.objectContaining({
          name: 'web',
          nativeId: '100',
          owner: 'acme',
          addresses: ['192.0.2.1'],
          cores: 2,
          memoryBytes: 2 ** 31,
          diskBytes: 10 * 2 ** 30,
          state: 'running',
        }),
        expect.objectContaining({ name: 'old', state: 'stopped' }),
      ]),
    });
    // Its release is asked for once.
    expect(netbox.asked.map((line) => line.replace(/\?.*/, ''))).toEqual([
      'GET /api/status/',
      'GET /api/virtualization/virtual-machines/',
      'GET /api/virtualization/virtual-machines/',
    ]);
  });

  it.each([
    ['4.1.0', 10 * 2 ** 30],
    ['v4.4.9-Docker-3.2.0', 10 * 2 ** 30],
    ['5.0.0', 10 * 2 ** 30],
    ['4.0.11', 10240 * 2 ** 30],
    ['3.7.8', 10240 * 2 ** 30],
  ])('has the sizes of disks in the unit of its release, %s', async (version, diskBytes) => {
    netbox.version = version;
    const ran = await rollcall('panel test nb -o json');
    expect(ran.json).toMatchObject({ doubt: null, notes: [], records: Array(5).fill({ ...ANY, diskBytes }) });
  });

  it('has the size that was meant where NetBox multiplied it by 1,000 for 4.1', async () => {
    const machines = netbox.list('virtualization/virtual-machines');
    for (const machine of machines) Object.assign(machine, { disk: 128_000 });
    netbox.version = '4.1.0';
    const ran = await rollcall('panel test nb -o json');
    expect(ran.json).toMatchObject({ records: Array(5).fill({ ...ANY, diskBytes: 128 * 2 ** 30 }) });
  });

  it.each([null, 'main'])('tells no sizes of disks where its release is %s', async (version) => {
    netbox.version = version;
    const ran = await rollcall('panel test nb -o json');
    expect(ran.status).toBe(0);
    expect(ran.json).toMatchObject({
      doubt: null,
      notes: [expect.stringContaining('does not tell its release')],
      records: Array(5).fill({ ...ANY, diskBytes: null }),
    });
    netbox.version = '4.2.3';
  });

  it('is repeated where it is busy, and refused where the token is wrong', async () => {
    netbox.busyReads = 1;
    expect((await rollcall('panel test nb -o json')).json).toMatchObject({ count: 5, doubt: null });
    env['NETBOX_TOKEN'] = 'wrong-token-4412';
    expect((await rollcall('panel test nb')).status).toBe(3);
    const all = await everything();
    for (const secret of [netbox.token, 'wrong-token-4412']) expect(all).not.toContain(secret);
  });
});
