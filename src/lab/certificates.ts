import { X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';

export interface Certificates {
  caPem: string;
  certificatePem: string;
  keyPem: string;
  /** SHA-256 of the server's certificate, as `AA:BB:…`. */
  fingerprint: string;
}

let made: Promise<Certificates> | undefined;

/** A certificate for 127.0.0.1 and localhost with the authority that signed it; made once per process. */
export function labCertificates(): Promise<Certificates> {
  made ??= makeCertificates();
  return made;
}

async function makeCertificates(): Promise<Certificates> {
  const ca = await generate([{ name: 'commonName', value: 'Rollcall lab CA' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return {
    caPem: ca.cert,
    certificatePem: server.cert,
    keyPem: server.private,
    fingerprint: new X509Certificate(server.cert).fingerprint256,
  };
}
