import { expect, it } from '@jest/globals';
import { readPlaces } from '../../src/providers/vsphere/places.ts';
import { readVms } from '../../src/providers/vsphere/read-vms.ts';
import { describeVsphere, vcsim } from '../helpers/vcsim.ts';
import { openProxy, paged } from './faulty-proxy.ts';
import { EVERYTHING, providers } from './provider-world.ts';

const VMS = 1_000;

describeVsphere(`${VMS} VMs in pages of 250`, () => {
  const world = vcsim({ vms: VMS });
  const open = providers(world);

  it('take eight calls', async () => {
    const proxy = await openProxy(world.server.url);
    const { pages } = paged(proxy);
    const client = world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem } });
    const places = await readPlaces(client);
    const before = client.requestCount;
    const { rows, present, unread } = await readVms(client, { places });
    expect([rows.length, present, unread.length]).toEqual([VMS, VMS, 0]);
    // Names of custom attributes, a view, four pages, the view's list, and its end.
    expect(client.requestCount - before).toBe(8);
    expect(pages()).toBe(5);
    expect(new Set(rows.map(({ instanceUuid }) => instanceUuid)).size).toBe(VMS);
  });

  it('take one connection', async () => {
    const proxy = await openProxy(world.server.url);
    paged(proxy);
    const client = world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem } });
    const places = await readPlaces(client);
    const before = proxy.connections();
    await readVms(client, { places });
    expect(proxy.connections()).toBe(before);
  });

  it('take 28 calls of a whole run, and no more of the next', async () => {
    const proxy = await openProxy(world.server.url);
    paged(proxy);
    const run = async (): Promise<string[]> => {
      const provider = open(proxy);
      const { guests } = await provider.discover(EVERYTHING);
      expect(guests).toHaveLength(VMS);
      return proxy.calls.splice(0).sort();
    };
    const first = await run();
    // Login, rights, places, hosts, datastores, VMs and events. Only the VMs have more than one page.
    expect(first).toHaveLength(28);
    expect(first.filter((method) => method === 'ContinueRetrievePropertiesEx')).toHaveLength(3);
    expect(await run()).toEqual(first);
  });
});
