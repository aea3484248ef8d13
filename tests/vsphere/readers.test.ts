import { beforeAll, expect, it } from '@jest/globals';
import { type Places, readPlaces } from '../../src/providers/vsphere/places.ts';
import { readDatastores } from '../../src/providers/vsphere/read-datastores.ts';
import { readHosts } from '../../src/providers/vsphere/read-hosts.ts';
import { readVms, type VsphereVm } from '../../src/providers/vsphere/read-vms.ts';
import type { VsphereClient } from '../../src/providers/vsphere/soap/vsphere-client.ts';
import { describeVsphere, vcsim } from '../helpers/vcsim.ts';
import { openProxy } from './faulty-proxy.ts';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

async function vmsByName(client: VsphereClient, places: Places): Promise<Map<string, VsphereVm>> {
  const { rows, unread } = await readVms(client, { places });
  expect(unread).toEqual([]);
  return new Map(rows.map((vm) => [vm.name ?? '', vm]));
}

describeVsphere('the inventory of a vCenter', () => {
  const world = vcsim({ vms: 2, hosts: 2, clusters: 2, datacenters: 2 });
  let client: VsphereClient;
  let places: Places;
  beforeAll(async () => {
    client = world.open();
    places = await readPlaces(client);
  });

  it('has VMs with what they are made of', async () => {
    const vms = await vmsByName(client, places);
    expect([...vms.keys()].sort()).toEqual(
      ['DC0', 'DC1'].flatMap((dc) => ['C0', 'C1'].flatMap((c) => [0, 1].map((n) => `${dc}_${c}_RP0_VM${n}`))),
    );
    const vm = vms.get('DC1_C0_RP0_VM1');
    expect(vm).toEqual({
      moref: expect.stringMatching(/^vm-\d+$/),
      unread: [],
      instanceUuid: expect.stringMatching(UUID),
      biosUuid: expect.stringMatching(UUID),
      name: 'DC1_C0_RP0_VM1',
      isTemplate: false,
      power: 'on',
      connectionState: 'connected',
      cpus: 1,
      coresPerSocket: 1,
      memoryBytes: 32 * 2 ** 20,
      disks: [
        {
          key: expect.any(Number),
          sizeBytes: 2 ** 20,
          datastore: { type: 'Datastore', value: expect.any(String) },
          isThin: true,
        },
      ],
      nics: [
        {
          key: 4000,
          model: 'VirtualE1000',
          mac: expect.stringMatching(/^00:0c:29:/),
          network: { kind: 'portgroup', id: expect.stringMatching(/^dvportgroup-/), name: 'DC1_DVPG0' },
        },
      ],
      guestId: 'otherGuest',
      toolsRunning: 'guestToolsNotRunning',
      toolsVersion: null,
      hostName: null,
      addresses: [],
      snapshots: [],
      annotation: null,
      folder: '/DC1/vm',
      vApp: null,
      resourcePool: { type: 'ResourcePool', value: expect.any(String), name: 'Resources' },
      host: { type: 'HostSystem', value: expect.any(String), name: expect.stringMatching(/^DC1_C0_H\d$/) },
      customAttributes: {},
    });
  });

  it('shows what others change', async () => {
    const { hand } = world;
    const [first, second] = ['DC0_C0_RP0_VM0', 'DC0_C0_RP0_VM1'];
    await hand.as('alice', 'power-off', first);
    const extra = { 'SET.guest.ipAddress': '10.0.0.7' };
    await hand.as('alice', 'reconfigure', first, { memoryMB: 64, numCPUs: 4, annotation: 'für <a & b>\nzwei', extra });
    await hand.as('alice', 'rename', first, { name: 'db%2f01 100%25' });
    await hand.as('bob', 'snapshot-create', second, { name: 'before', description: 'the upgrade' });
    await hand.as('bob', 'snapshot-create', second, { name: 'after' });
    const made = await hand.as('carol', 'create', null, { name: 'new', memoryMB: 128, numCPUs: 2 });
    await hand.as('carol', 'clone', second, { name: 'gold', isTemplate: true });
    const vms = await vmsByName(client, places);
    expect(vms.get('db/01 100%')).toMatchObject({
      power: 'off',
      memoryBytes: 64 * 2 ** 20,
      cpus: 4,
      annotation: 'für <a & b>\nzwei',
      addresses: ['10.0.0.7'],
    });
    expect(vms.get(second)?.snapshots).toMatchObject([
      {
        name: 'before',
        description: 'the upgrade',
        createdAt: expect.any(Date),
        children: [{ name: 'after', children: [] }],
      },
    ]);
    expect(vms.get('new')).toMatchObject({ moref: made, power: 'off', memoryBytes: 128 * 2 ** 20, cpus: 2 });
    expect(vms.get('gold')).toMatchObject({ isTemplate: true });
    expect(vms.get('gold')?.instanceUuid).not.toBe(vms.get(second)?.instanceUuid);

    await hand.as('bob', 'snapshot-revert', second, { name: 'before' });
    await hand.as('bob', 'snapshot-remove', second, { name: 'after' });
    await hand.as('carol', 'destroy', 'new');
    const other = vms.get(second)?.host?.name === 'DC0_C0_H0' ? 'DC0_C0_H1' : 'DC0_C0_H0';
    await hand.as('bob', 'migrate', second, { to: other });
    const later = await vmsByName(client, places);
    expect(later.get(second)?.snapshots).toMatchObject([{ name: 'before', children: [] }]);
    expect(later.get(second)?.host?.name).toBe(other);
    expect(later.has('new')).toBe(false);
    expect(later.size).toBe(9);
  });

  it('has custom attributes by name, and leaves them unread where the names cannot be read', async () => {
    await world.hand.as('alice', 'set-attribute', 'DC1_C1_RP0_VM0', { name: 'owner', value: 'web & db' });
    const vms = await vmsByName(client, places);
    expect(vms.get('DC1_C1_RP0_VM0')?.customAttributes).toEqual({ owner: 'web & db' });
    expect(vms.get('DC1_C1_RP0_VM1')?.customAttributes).toEqual({});

    const proxy = await openProxy(world.server.url);
    proxy.on('RetrievePropertiesEx', async ({ body, forward }) => {
      const answer = await forward();
      if (!body.includes('CustomFieldsManager')) return answer;
      const missing = '<missingSet><path>field</path><fault><fault xsi:type="NoPermission"/></fault></missingSet>';
      return { ...answer, body: answer.body.replace(/<propSet>.*<\/propSet>/s, missing) };
    });
    const restricted = world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem } });
    const seen = await vmsByName(restricted, places);
    expect(seen.get('DC1_C1_RP0_VM0')).toHaveProperty('customAttributes', undefined);
    expect(seen.get('DC1_C1_RP0_VM1')?.customAttributes).toEqual({});
  });

  it('has hosts and datastores', async () => {
    const hosts = await readHosts(client, { places });
    expect(hosts.present).toBe(8);
    expect(hosts.rows.map(({ name }) => name)).toContain('DC1_C1_H1');
    expect(hosts.rows[0]).toMatchObject({
      unread: [],
      hardwareUuid: expect.stringMatching(UUID),
      connectionState: 'connected',
      power: 'poweredOn',
      isInMaintenance: false,
      version: '6.5.0',
      cores: 2,
      memoryBytes: 4_294_430_720,
      computeResource: { type: 'ClusterComputeResource', name: expect.stringMatching(/^DC\d_C\d$/) },
    });
    const datastores = await readDatastores(client, { places });
    expect(datastores.rows).toHaveLength(2);
    expect(datastores.rows[0]).toMatchObject({ name: 'LocalDS_0', type: 'OTHER', isAccessible: true, unread: [] });
    expect(datastores.rows[0]?.capacityBytes).toBeGreaterThan(datastores.rows[0]?.freeBytes ?? Number.NaN);
  });

  it('has a slash in a name as it is shown to people, and in a path as vSphere stores it', async () => {
    const proxy = await openProxy(world.server.url);
    proxy.on('RetrievePropertiesEx', async ({ forward }) => {
      const answer = await forward();
      return { ...answer, body: answer.body.replaceAll(/>(vm|Resources)</g, '>$1%2fweb<') };
    });
    const proxied = world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem } });
    const { rows } = await readVms(proxied, { places: await readPlaces(proxied) });
    const vm = rows.find(({ name }) => name === 'DC1_C1_RP0_VM1');
    expect(vm).toMatchObject({ folder: '/DC1/vm%2fweb', resourcePool: { name: 'Resources/web' } });
  });

  it('costs the same few calls for any number of objects of a page', async () => {
    const counted = world.open();
    const seen = await readPlaces(counted);
    const before = counted.requestCount;
    await readVms(counted, { places: seen });
    // The names of custom attributes, and a walk of one page.
    expect(counted.requestCount - before).toBe(5);
  });
});
