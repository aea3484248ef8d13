import { expect, it } from '@jest/globals';
import { readPlaces } from '../../src/providers/vsphere/places.ts';
import { readVms } from '../../src/providers/vsphere/read-vms.ts';
import { describeVsphere, vcsim } from '../helpers/vcsim.ts';
import { openProxy, paged } from './faulty-proxy.ts';

const VMS = 1_000;

describeVsphere(`${VMS} VMs in pages of 250`, () => {
  const world = vcsim({ vms: VMS });

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
});
