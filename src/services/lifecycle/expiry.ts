import { X509Certificate } from 'node:crypto';
import type { CertificateEnd, StoredCredentialEnd } from '../../types/expiry.ts';
import type { ProviderRow } from '../../types/inventory.ts';

/** Something of a provider that is valid until a time. */
export interface Expiry {
  providerId: string;
  /** `certificate/AA:BB:…`, `credential/root@pam!ro` */
  key: string;
  /** `certificate of the cluster's CA` */
  what: string;
  basis: 'certificate' | 'credential';
  endsAt: Date;
  /** It is renewed by itself, as a rule, and nothing is said until so many days before its end; null: it is not. */
  renewedDays: number | null;
  moveTo: string;
  note: string | null;
}

export interface Expiring {
  certificates: readonly CertificateEnd[];
  credentials: readonly StoredCredentialEnd[];
  /** How such a provider's server gets a new certificate: by people, and by itself so many days before the end, or not (null). */
  renewalOf: (type: string) => { renewal: string; renewedDays: number | null };
}

type ExpiringProvider = Pick<ProviderRow, 'id' | 'name' | 'type' | 'tls'>;

/** Of each provider the CA that it trusts, the certificates that its servers showed last, and its credential. */
export function storedExpiries(providers: readonly ExpiringProvider[], expiring: Expiring): Expiry[] {
  return providers.flatMap((provider) => [
    ...authorityEnd(provider),
    ...certificateEnds(provider, expiring),
    ...expiring.credentials.filter(({ providerId }) => providerId === provider.id).map(credentialEnd),
  ]);
}

/** A certificate that cannot be parsed has no end. */
function authorityEnd({ id, name, tls }: ExpiringProvider): Expiry[] {
  const certificate = tls.mode === 'cluster-ca' ? parseCertificate(tls.pem) : null;
  if (certificate === null) return [];
  return [
    {
      providerId: id,
      key: `certificate/${certificate.fingerprint256}`,
      what: "certificate of the cluster's CA",
      basis: 'certificate',
      endsAt: new Date(certificate.validTo),
      renewedDays: null,
      moveTo: `a new CA, then: rollcall providers trust ${name} --cluster-ca`,
      note: null,
    },
  ];
}

/** One for each certificate: several addresses may show the same. */
function certificateEnds({ id, name, type, tls }: ExpiringProvider, { certificates, renewalOf }: Expiring): Expiry[] {
  const { renewal, renewedDays } = renewalOf(type);
  const own = certificates.filter(({ providerId }) => providerId === id);
  const trust = tls.mode === 'fingerprint' ? `, then: rollcall providers trust ${name}` : '';
  return own
    .filter(({ fingerprint }, place) => own.findIndex((one) => one.fingerprint === fingerprint) === place)
    .map(({ fingerprint, endsAt }) => {
      const places = own.filter((one) => one.fingerprint === fingerprint);
      return {
        providerId: id,
        key: `certificate/${fingerprint}`,
        what: `certificate of ${places.map(({ node, url }) => node ?? new URL(url).host).join(', ')}`,
        basis: 'certificate',
        endsAt,
        renewedDays,
        moveTo: `a new certificate${trust}`,
        note: `to renew it: ${renewal}`,
      };
    });
}

function credentialEnd({ providerId, name, isToken, endsAt }: StoredCredentialEnd): Expiry {
  return {
    providerId,
    key: `credential/${name}`,
    what: isToken ? `API token ${name}` : `account ${name}`,
    basis: 'credential',
    endsAt,
    renewedDays: null,
    moveTo: 'a later date of its end, on the server',
    note: isToken ? 'a token ends with its user, too' : null,
  };
}

function parseCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}
