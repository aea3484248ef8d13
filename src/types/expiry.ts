import type { CredentialEnd } from './inner-facts.ts';

/** Of the certificate that an address showed last. */
export interface CertificateEnd {
  providerId: string;
  /** `https://host:8006`. */
  url: string;
  /** The node that answers there; null: not known. */
  node: string | null;
  /** SHA-256, `AA:BB:…`. */
  fingerprint: string;
  endsAt: Date;
}

export interface StoredCredentialEnd extends CredentialEnd {
  providerId: string;
  /** Not an account with a password. */
  isToken: boolean;
  endsAt: Date;
}
