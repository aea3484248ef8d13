import { X509Certificate } from 'node:crypto';
import type { ProviderRow } from '../../types/inventory.ts';

/** Something of a provider that is valid until a time. */
export interface Expiry {
  providerId: string;
  /** `certificate/AA:BB:…` */
  key: string;
  /** `certificate of the cluster's CA` */
  what: string;
  endsAt: Date;
  moveTo: string;
}

/**
 * What is stored with its end: the CA of a cluster that a provider trusts. Of other certificates only the fingerprint is stored, and
 * of tokens of a provider nothing but their names. A certificate that cannot be parsed has no end.
 */
export function storedExpiries(providers: readonly Pick<ProviderRow, 'id' | 'name' | 'tls'>[]): Expiry[] {
  return providers.flatMap(({ id, name, tls }) => {
    const certificate = tls.mode === 'cluster-ca' ? parseCertificate(tls.pem) : null;
    if (certificate === null) return [];
    return {
      providerId: id,
      key: `certificate/${certificate.fingerprint256}`,
      what: "certificate of the cluster's CA",
      endsAt: new Date(certificate.validTo),
      moveTo: `a new CA, then: rollcall providers trust ${name} --cluster-ca`,
    };
  });
}

function parseCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}
