import { expect, it } from '@jest/globals';
import { readPlaces } from '../../src/providers/vsphere/places.ts';
import { VsphereClient } from '../../src/providers/vsphere/soap/vsphere-client.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { describeVsphere, READER, vcsim } from '../helpers/vcsim.ts';
import { openProxy } from './faulty-proxy.ts';

describeVsphere('the certificate of vCenter', () => {
  const world = vcsim({ vms: 1 });

  it('is trusted by its authority, by a pin, or not at all with a warning', async () => {
    const pinned = world.open();
    await pinned.content();
    const fingerprint = pinned.serverCertificate()?.fingerprint ?? '';
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

it('finds the pin of its address, with or without the usual port', () => {
  const open = (pins: Record<string, string>) =>
    new VsphereClient({ ...READER, endpoint: 'https://vc:443', tls: { fingerprint: '', pins } });
  const refusal = expect.objectContaining({ message: 'Not a SHA-256 fingerprint: the pin' });
  expect(() => open({ 'https://vc:443': 'the pin' })).toThrow(refusal);
  expect(() => open({ 'https://vc': 'the pin' })).toThrow(refusal);
  expect(() => open({ 'https://other': 'the pin' })).not.toThrow();
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
