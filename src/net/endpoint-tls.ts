import type { ResolvedTls } from '../types/provider.ts';
import type { EndpointTls } from './connection.ts';

/** How the server at an address is verified: by the pin of any of its addresses, else by what counts for all. */
export function tlsAt(endpoint: string, { pins = {}, ...trust }: ResolvedTls): EndpointTls {
  const { origin } = new URL(endpoint);
  const pin = Object.entries(pins).find(([url]) => URL.canParse(url) && new URL(url).origin === origin)?.[1];
  return { ...trust, fingerprint: pin ?? (trust.fingerprint || undefined) };
}

/** Says that nothing is verified, where that is so. `secret`: what somebody in between could read. */
export function warnIfUnverified(
  endpoint: string,
  { insecure, fingerprint }: EndpointTls,
  { secret, onWarning }: { secret: string; onWarning: ((message: string) => void) | undefined },
): void {
  if (!insecure || fingerprint !== undefined) return;
  onWarning?.(`The certificate of ${endpoint} is not verified: whoever is in between can read the ${secret}`);
}
