import type { TlsTrust } from '../../../src/types/provider.ts';

/** How an address is trusted, as far as it is stored. */
export interface StoredTrust {
  text: string;
  /** SHA-256 of certificates that are trusted one by one. */
  prints: readonly string[];
}

export function storedTrust(tls: TlsTrust | undefined, url: string): StoredTrust {
  switch (tls?.mode) {
    case undefined:
      return { text: '', prints: [] };
    case 'system':
      return { text: "by the authorities of the server's system", prints: [] };
    case 'ca':
      return { text: `by the authority in ${tls.caFile}`, prints: [] };
    case 'cluster-ca':
      return { text: "by the cluster's own authority", prints: [] };
    case 'insecure':
      return { text: 'whatever it shows', prints: [] };
    case 'fingerprint': {
      const text = tls.pins?.[url] ?? tls.sha256;
      return { text: text.replaceAll(',', ', '), prints: text.split(',') };
    }
  }
}
