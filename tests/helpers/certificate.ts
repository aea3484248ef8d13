import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { generate } from 'selfsigned';

export interface TestCertificate {
  key: string;
  /** The certificate, which is its own CA. */
  pem: string;
  /** SHA-256, `AA:BB:…`. */
  fingerprint: string;
}

/** A self-signed certificate for `localhost` and 127.0.0.1, or for another host (or IP address) and time. */
export async function makeCertificate({
  host = 'localhost',
  subject = host,
  notBefore = new Date(Date.now() - 86_400_000),
  notAfter = new Date(Date.now() + 86_400_000),
}: {
  host?: string;
  /** Its common name. */
  subject?: string;
  notBefore?: Date;
  notAfter?: Date;
} = {}): Promise<TestCertificate> {
  const altNames = isIP(host) === 0 ? [{ type: 2 as const, value: host }] : [];
  const ips = host === 'localhost' ? ['127.0.0.1'] : [host].filter((text) => isIP(text) !== 0);
  const addresses = ips.map((ip) => ({ type: 7 as const, ip }));
  const made = await generate([{ name: 'commonName', value: subject }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: notBefore,
    notAfterDate: notAfter,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [...altNames, ...addresses] },
    ],
  });
  return { key: made.private, pem: made.cert, fingerprint: new X509Certificate(made.cert).fingerprint256 };
}
