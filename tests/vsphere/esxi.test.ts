import { expect, it } from '@jest/globals';
import { readPlaces } from '../../src/providers/vsphere/places.ts';
import { readDatastores } from '../../src/providers/vsphere/read-datastores.ts';
import { readHosts } from '../../src/providers/vsphere/read-hosts.ts';
import { readVms } from '../../src/providers/vsphere/read-vms.ts';
import { describeVsphere, vcsim } from '../helpers/vcsim.ts';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

describeVsphere('the inventory of an ESXi', () => {
  const world = vcsim({ isEsx: true, vms: 2 });

  it('is read by the same calls', async () => {
    const client = world.open();
    expect((await client.content()).about).toMatchObject({ product: 'esxi', instanceUuid: null });
    const places = await readPlaces(client);
    const { rows: found, unread } = await readVms(client, { places });
    expect(unread).toEqual([]);
    const vms = new Map(found.map((vm) => [vm.name ?? '', vm]));
    expect([...vms.keys()]).toEqual(['ha-host_VM0', 'ha-host_VM1']);
    expect(vms.get('ha-host_VM0')).toMatchObject({
      unread: [],
      folder: '/ha-datacenter/vm',
      host: { name: 'localhost.localdomain' },
      nics: [{ network: { kind: 'network', name: 'VM Network' } }],
      customAttributes: {},
    });
    const hosts = await readHosts(client, { places });
    expect(hosts.rows).toMatchObject([{ hardwareUuid: expect.stringMatching(UUID), version: '6.5.0' }]);
    expect((await readDatastores(client, { places })).rows).toMatchObject([{ name: 'LocalDS_0' }]);
  });
});
