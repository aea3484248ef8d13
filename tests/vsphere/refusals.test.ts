import { beforeEach, expect, it } from '@jest/globals';
import type { VsphereClient, VsphereOptions } from '../../src/providers/vsphere/soap/vsphere-client.ts';
import { describeVsphere, vcsim } from '../helpers/vcsim.ts';
import { type FaultyProxy, faultReply, openProxy } from './faulty-proxy.ts';
import { walkNames } from './walk-names.ts';

const VMS = 300;

describeVsphere('a walk that cannot be done', () => {
  const world = vcsim({ vms: VMS });
  let proxy: FaultyProxy;
  beforeEach(async () => {
    proxy = await openProxy(world.server.url);
  });

  function open(options: Partial<VsphereOptions> = {}): VsphereClient {
    return world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem }, ...options });
  }

  it('tells of a right that is missing', async () => {
    proxy.on('CreateContainerView', async () =>
      faultReply(
        'NoPermission',
        'Permission to perform this operation was denied.',
        '<object type="Folder">group-d1</object><privilegeId>System.View</privilegeId>',
      ),
    );
    await expect(walkNames(open())).rejects.toMatchObject({
      code: 'forbidden',
      message: `CreateContainerView on ${proxy.url}: Permission to perform this operation was denied. (NoPermission)`,
      hint: 'Give reader@vsphere.local the privilege System.View on Folder group-d1; on the root folder, with propagation, it covers the whole inventory',
    });
  });

  it('refuses an inventory that is larger than it may be', async () => {
    await expect(walkNames(open({ maxObjects: VMS - 1 }))).rejects.toMatchObject({ code: 'limit' });
  });

  it('refuses a list that is larger than it may be, and does not ask for it again', async () => {
    const client = open({ maxBytes: 10_000 });
    await expect(walkNames(client)).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringContaining('larger than'),
    });
    // Once for the VMs with their names, and once for the list of the view.
    expect(proxy.calls.filter((call) => call === 'RetrievePropertiesEx')).toHaveLength(2);
  });

  it.each([
    ['a page of a proxy', { status: 200, headers: {}, body: '<html><body>Sign in<br></body></html>' }, 'malformed', 1],
    ['a redirect', { status: 302, headers: { location: '/ui' }, body: '' }, 'configuration', 1],
    ['a wrong path', { status: 404, headers: {}, body: '' }, 'no-endpoint', 1],
    ['a vCenter that starts', { status: 503, headers: {}, body: 'no healthy upstream' }, 'server', 4],
  ])('explains %s', async (_what, answer, code, times) => {
    proxy.on('CreateContainerView', async () => answer);
    await expect(walkNames(open())).rejects.toMatchObject({ code, hint: expect.any(String) });
    expect(proxy.calls.filter((call) => call === 'CreateContainerView')).toHaveLength(times);
  });

  it('waits no longer than it may, and ends at once when it is aborted', async () => {
    proxy.on('RetrievePropertiesEx', () => new Promise(() => undefined));
    const slow = open({ timeoutsMs: { call: 100 }, retries: 0 });
    await expect(walkNames(slow)).rejects.toMatchObject({ code: 'timeout', retryable: true });

    const abort = new AbortController();
    const walking = walkNames(open(), abort.signal);
    setTimeout(() => abort.abort(), 100);
    await expect(walking).rejects.toMatchObject({ code: 'interrupted' });
  });
});
