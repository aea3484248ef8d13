import type { ProviderConfig, TlsTrust } from '../../types/provider.ts';

type Connection = Pick<ProviderConfig, 'endpoints' | 'tls'>;

/** What of a connection goes beyond what is stored of a provider. */
export interface Excess {
  hasOtherEndpoint: boolean;
  hasOtherTrust: boolean;
}

/** A stored credential is meant for the stored addresses, whose certificates are trusted as it is stored, and for no other. */
export function excessOf(used: Connection, stored: Connection): Excess {
  return {
    hasOtherEndpoint: !used.endpoints.every((endpoint) => stored.endpoints.includes(endpoint)),
    hasOtherTrust: !isWithin(used.tls, stored.tls),
  };
}

/** Whether a connection keeps to what is stored, so that it may carry the stored credential and teach what is stored with it. */
export function connectsAsStored({ stored, used }: { stored: Connection; used: Connection }): boolean {
  const { hasOtherEndpoint, hasOtherTrust } = excessOf(used, stored);
  return !hasOtherEndpoint && !hasOtherTrust;
}

/** Equal, or some of the stored fingerprints. Anything is within a trust that verifies nothing. */
function isWithin(used: TlsTrust, stored: TlsTrust): boolean {
  if (stored.mode === 'insecure' || used === stored) return true;
  switch (used.mode) {
    case 'fingerprint':
      return stored.mode === 'fingerprint' && printsOf(used).every((print) => printsOf(stored).includes(print));
    case 'ca':
      return stored.mode === 'ca' && stored.caFile === used.caFile;
    case 'cluster-ca':
      return stored.mode === 'cluster-ca' && stored.pem === used.pem;
    default:
      return stored.mode === used.mode;
  }
}

function printsOf({ sha256, pins = {} }: Extract<TlsTrust, { mode: 'fingerprint' }>): string[] {
  return [sha256, ...Object.values(pins)].flatMap((prints) => prints.split(',')).filter((print) => print !== '');
}
