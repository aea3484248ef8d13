import { inspect } from 'node:util';
import { expect, it } from '@jest/globals';
import { readPlaces } from '../../src/providers/vsphere/places.ts';
import { readHosts } from '../../src/providers/vsphere/read-hosts.ts';
import { VsphereClient } from '../../src/providers/vsphere/soap/vsphere-client.ts';
import { makeCertificate } from '../helpers/certificate.ts';
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
    // The refused call, the login, and the four of the walk.
    expect(client.requestCount - before).toBe(6);
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

describeVsphere('the certificate of vCenter', () => {
  const world = vcsim({ vms: 1 });

  it('is trusted by its authority, by a pin, or not at all with a warning', async () => {
    const pinned = world.open();
    await pinned.content();
    const fingerprint = pinned.serverCertificate() ?? '';
    expect(fingerprint).toMatch(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    await expect(world.open({ tls: { fingerprint } }).content()).resolves.toBeDefined();
    const pins = { [world.open().endpoint]: fingerprint };
    await expect(world.open({ tls: { pins } }).content()).resolves.toBeDefined();
    const warnings: string[] = [];
    const insecure = world.open({ tls: { insecure: true }, onWarning: (warning) => warnings.push(warning) });
    await expect(insecure.content()).resolves.toBeDefined();
    expect(warnings).toEqual([expect.stringContaining('is not verified: whoever is in between can read the password')]);
  });

  it.each([
    ['that no authority vouches for', {}],
    ['with another fingerprint', { fingerprint: 'AA'.repeat(32) }],
  ])('%s is refused before anything is sent', async (_what, tls) => {
    const proxy = await openProxy(world.server.url);
    const client = world.open({ endpoint: proxy.url, tls });
    await expect(readPlaces(client)).rejects.toMatchObject({
      code: 'certificate',
      message: expect.stringContaining(proxy.certificate.fingerprint),
      hint: expect.stringContaining('of vCenter: https://VCENTER/certs/download.zip'),
    });
    expect(proxy.calls).toEqual([]);
  });

  it('for another host is refused', async () => {
    const certificate = await makeCertificate({ host: 'vcenter.example' });
    const proxy = await openProxy(world.server.url, certificate);
    const client = world.open({ endpoint: proxy.url, tls: { ca: certificate.pem } });
    await expect(client.content()).rejects.toMatchObject({
      code: 'certificate',
      message: expect.stringContaining('the certificate is for another host name'),
    });
  });
});

it.each(['http://vcenter', 'ftp://vcenter', 'https://', 'https://a:b@vcenter'])(
  'refuses the address %s',
  (endpoint) => {
    expect(() => new VsphereClient({ ...READER, endpoint, tls: {} })).toThrow(
      expect.objectContaining({ code: 'configuration' }),
    );
  },
);

it.each([
  ['vcenter.example', 'https://vcenter.example'],
  ['https://vcenter.example:443/ui/', 'https://vcenter.example'],
  ['https://proxy/vc1/sdk', 'https://proxy/vc1'],
  ['[fd00::1]:8443', 'https://[fd00::1]:8443'],
])('takes %s for %s', async (endpoint, normalized) => {
  const client = new VsphereClient({ ...READER, endpoint, tls: {} });
  expect(client.endpoint).toBe(normalized);
  await client.close();
});

it('refuses a fingerprint that is none, in words of vSphere', () => {
  const open = () => new VsphereClient({ ...READER, endpoint: 'vcenter', tls: { fingerprint: 'AA:BB' } });
  expect(open).toThrow(
    expect.objectContaining({
      code: 'configuration',
      message: 'Not a SHA-256 fingerprint: AA:BB',
      hint: expect.stringContaining('/etc/vmware/ssl/rui.crt'),
    }),
  );
});
