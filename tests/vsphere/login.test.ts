import { inspect } from 'node:util';
import { expect, it } from '@jest/globals';
import { readPlaces } from '../../src/providers/vsphere/places.ts';
import { readHosts } from '../../src/providers/vsphere/read-hosts.ts';
import { describeVsphere, READER, vcsim } from '../helpers/vcsim.ts';
import { faultReply, openProxy, reply } from './faulty-proxy.ts';

const USER = { user: 'reader@vsphere.local', password: 'S3cret & <more>' };

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'nothing failed',
    (error: unknown) => error,
  );
}

describeVsphere('a session with vCenter', () => {
  const world = vcsim({ ...USER, vms: 1, hosts: 2 });

  it('begins with one login for calls at the same time, and ends with a logout', async () => {
    const proxy = await openProxy(world.server.url);
    const client = world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem } });
    await Promise.all([readPlaces(client), readPlaces(client), readPlaces(client)]);
    expect(proxy.calls.filter((call) => call === 'Login')).toHaveLength(1);
    expect(proxy.calls.filter((call) => call === 'RetrieveServiceContent')).toHaveLength(1);

    await client.close();
    expect(proxy.calls.at(-1)).toBe('Logout');
    expect(client.requestCount).toBe(proxy.calls.length);
    await expect(readPlaces(client)).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('keeps one connection for reads, though they are POSTs', async () => {
    const proxy = await openProxy(world.server.url);
    const client = world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem } });
    await readPlaces(client);
    await readPlaces(client);
    expect(client.requestCount).toBe(10);
    // A login goes out on a connection of its own, on which the reads go on.
    expect(proxy.connections()).toBe(2);
  });

  it('sends a read again at once when a kept connection was closed meanwhile', async () => {
    const proxy = await openProxy(world.server.url);
    const client = world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem }, retries: 0 });
    proxy.on('CreateContainerView', async ({ count, forward }) => ({ ...(await forward()), isHungUp: count === 2 }));
    await readPlaces(client);
    await readPlaces(client);
    expect(proxy.calls.filter((call) => call === 'CreateContainerView')).toHaveLength(3);
    expect(proxy.connections()).toBe(3);
  });

  it('tells the product before any login', async () => {
    const client = world.open();
    expect(await client.content()).toMatchObject({
      about: { product: 'vcenter', version: '6.5.0', instanceUuid: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    expect(client.requestCount).toBe(1);
  });

  it('sends a wrong password once, however often it is used, and never repeats it in words', async () => {
    const proxy = await openProxy(world.server.url);
    const password = 'wr0ng & "quoted"';
    const client = world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem }, password });
    const errors = [await failure(readPlaces(client)), await failure(readPlaces(client))];
    for (const error of errors) {
      expect(error).toMatchObject({
        code: 'unauthenticated',
        message: `Login on ${proxy.url}: Login failure (InvalidLogin)`,
        hint: 'Check the user name and the password of reader@vsphere.local; vCenter wants the domain too, as in reader@vsphere.local',
        retryable: false,
      });
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/wr0ng/);
    }
    expect(proxy.calls.filter((call) => call === 'Login')).toHaveLength(1);
  });

  it('takes password and session out of what a server says', async () => {
    const proxy = await openProxy(world.server.url);
    let cookie = '';
    proxy.on('CreateContainerView', async (call) => {
      cookie = call.cookie ?? '';
      return faultReply(
        'SystemError',
        `no: S3cret &amp; &lt;more&gt; S3cret &amp;amp; ${cookie.replace(/^.*?=|"/g, '')}`,
      );
    });
    const error = await failure(readPlaces(world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem } })));
    const key = /vmware_soap_session="?([\w-]+)/.exec(cookie)?.[1] ?? 'there is none';
    expect(key.length).toBeGreaterThan(20);
    expect(error).toMatchObject({ code: 'server' });
    const shown = inspect(error, { depth: 9, showHidden: true });
    expect(shown).toContain('«hidden»');
    expect(shown).not.toContain(key);
    expect(shown).not.toContain('S3cret & <more>');
  });

  it('sends a login once when its answer is lost', async () => {
    const proxy = await openProxy(world.server.url);
    proxy.on('Login', async ({ forward }) => ({ ...(await forward()), cutAfter: 40 }));
    const client = world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem } });
    await expect(readPlaces(client)).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringContaining('cut off'),
    });
    expect(proxy.calls).toEqual(['RetrieveServiceContent', 'Login']);
  });

  it('needs a session in the answer to a login', async () => {
    const proxy = await openProxy(world.server.url);
    proxy.on('Login', async () => reply('Login', ''));
    const client = world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem } });
    await expect(readPlaces(client)).rejects.toMatchObject({
      code: 'malformed',
      hint: 'Check for a proxy in between that removes the cookie vmware_soap_session',
    });
  });

  it('gives up when every new session ends at once', async () => {
    const proxy = await openProxy(world.server.url);
    proxy.on('CreateContainerView', async () => faultReply('NotAuthenticated', 'The session is not authenticated.'));
    const client = world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem } });
    await expect(readPlaces(client)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(proxy.calls.filter((call) => call === 'Login')).toHaveLength(2);
  });
});

describeVsphere('a session that vCenter ends', () => {
  const world = vcsim({ vms: 1, hosts: 2 });

  it('is renewed once, unnoticed', async () => {
    const client = world.open();
    const places = await readPlaces(client);
    await world.hand.as('admin', 'end-sessions', null, { user: READER.user });
    const before = client.requestCount;
    const { rows, unread } = await readHosts(client, { places });
    expect(rows).toHaveLength(2);
    expect(unread).toEqual([]);
    // The refused call, who answers now, the login, and the four of the walk.
    expect(client.requestCount - before).toBe(7);
  });
});

describeVsphere('a session that vCenter ends because it is idle', () => {
  const world = vcsim({ idleMs: 1_000, vms: 1, hosts: 2 });

  it('is renewed', async () => {
    const client = world.open();
    const places = await readPlaces(client);
    const before = client.requestCount;
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const { rows } = await readHosts(client, { places });
    expect(rows).toHaveLength(2);
    // More than the four of a walk: the session had ended.
    expect(client.requestCount - before).toBeGreaterThan(4);
  });
});
