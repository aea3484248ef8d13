import type { EndpointReport, ShownCertificate } from '../types/endpoint.ts';

/** The wait after the first failure doubles with each further one, up to the longest. */
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 60 * 60_000;

export function newEndpoint(url: string, node: string | null): EndpointReport {
  return {
    url,
    node,
    isConfigured: false,
    fingerprint: null,
    certificateEndsAt: null,
    lastOkAt: null,
    lastFailedAt: null,
    failures: 0,
    error: null,
    retryAt: null,
  };
}

/** Any answer will do; `shown` null: the certificate is the one of before. */
export function afterAnswer(endpoint: EndpointReport, at: Date, shown: ShownCertificate | null): EndpointReport {
  return {
    ...endpoint,
    ...certificateOf(endpoint, shown),
    lastOkAt: at,
    failures: 0,
    error: null,
    retryAt: null,
  };
}

/** `random`, from 0 to 1, spreads the waits of many clients by a fifth either way. */
export function afterFailure(
  endpoint: EndpointReport,
  { at, error, shown, random }: { at: Date; error: string; shown: ShownCertificate | null; random: number },
): EndpointReport {
  const failures = endpoint.failures + 1;
  const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 20));
  return {
    ...endpoint,
    ...certificateOf(endpoint, shown),
    lastFailedAt: at,
    failures,
    error,
    retryAt: new Date(at.getTime() + Math.round(waitMs * (0.8 + 0.4 * random))),
  };
}

function certificateOf(
  { fingerprint, certificateEndsAt }: EndpointReport,
  shown: ShownCertificate | null,
): Pick<EndpointReport, 'fingerprint' | 'certificateEndsAt'> {
  if (shown === null) return { fingerprint, certificateEndsAt };
  const known = shown.fingerprint === fingerprint ? certificateEndsAt : null;
  return { fingerprint: shown.fingerprint, certificateEndsAt: shown.endsAt ?? known };
}

export function isReady({ retryAt }: EndpointReport, now: Date): boolean {
  return retryAt === null || retryAt <= now;
}

/** Whether calls may rely on it: the configured ones, and those that have answered and not failed since. */
export function isProven({ isConfigured, lastOkAt, failures }: EndpointReport): boolean {
  return isConfigured || (lastOkAt !== null && failures === 0);
}
