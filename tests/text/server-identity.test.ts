import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { checkIdentity } from '../../src/text/server-identity.ts';
import { makeCertificate } from '../helpers/certificate.ts';

async function certificateFor(host: string): Promise<PeerCertificate> {
  const { pem } = await makeCertificate({ host });
  return new X509Certificate(pem).toLegacyObject() as PeerCertificate;
}

// Node 22.23.3 alone gets these wrong by itself.
describe('the name of a server', () => {
  it.each([
    ['::1', '::1'],
    ['2001:db8::7', '2001:db8:0:0:0:0:0:7'],
    ['192.0.2.7', '192.0.2.7'],
    ['pve1.example.com', 'pve1.example.com'],
  ])('%s is that of a certificate for %s', async (host, name) => {
    expect(checkIdentity(host, await certificateFor(name))).toBeUndefined();
  });

  it.each([
    ['::1', '::2'],
    ['2001:db8::7', 'pve1.example.com'],
    ['192.0.2.7', '::1'],
    ['pve1.example.com', 'pve2.example.com'],
  ])('%s is not that of a certificate for %s', async (host, name) => {
    expect(checkIdentity(host, await certificateFor(name))).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });
});
