import { type RestLimits, RestWire, type RestWireOptions } from '../net/rest-wire.ts';
import type { ServerWords } from '../net/wire-error.ts';
import { isLoopback } from '../text/loopback.ts';
import { withoutTrailingSlashes } from '../text/without-slashes.ts';
import { AppError } from '../types/errors.ts';

/** How the certificate of a panel is verified, with its file already read. */
export interface PanelTrust {
  ca?: string | undefined;
  fingerprint?: string | undefined;
}

export interface PanelWireOptions extends Pick<RestWireOptions, 'headers' | 'readRefusal'> {
  endpoint: string;
  /** `WHMCS`, as hints say it. */
  title: string;
  trust: PanelTrust;
  /** What the credential has to have: `the right to read virtual machines`. */
  right: string;
  limits?: RestLimits | undefined;
}

/**
 * An address without user, query and fragment; plain HTTP only where it is this machine: the end of a tunnel. Throws
 * AppError('configuration').
 */
export function panelAddress(text: string, title: string): string {
  const url = panelUrl(text, title);
  if (url.search !== '' || url.hash !== '') {
    throw new AppError('configuration', `the address of ${title} has more than a host and a path`, {
      hint: 'write it like https://HOST/PATH',
    });
  }
  return url.origin + withoutTrailingSlashes(url.pathname);
}

/** The same, with a query. */
export function panelUrl(text: string, title: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) {
    throw new AppError('configuration', `the address of ${title} cannot be read`, {
      hint: 'write it like https://HOST',
    });
  }
  const isLocal = url.protocol === 'http:' && isLoopback(url.hostname.replace(/^\[|\]$/g, ''));
  if (url.protocol !== 'https:' && !isLocal) {
    throw new AppError('configuration', `${url.protocol}//${url.host} is refused: a token is sent over HTTPS only`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('configuration', `the address of ${title} holds a user or password`, {
      hint: 'give them as a reference to a secret',
    });
  }
  return url;
}

/** Reads from a panel; follows no redirect, which would take the token elsewhere. */
export function openPanelWire({ endpoint, title, trust, right, limits, ...wire }: PanelWireOptions): RestWire {
  return new RestWire({
    ...limits,
    ...wire,
    endpoint,
    tls: trust,
    words: wordsOf(title),
    hints: {
      unauthenticated: `Check that the token or secret for ${title} is right, enabled and not expired`,
      forbidden: `Give the token for ${title} ${right}, and allow the address of this machine`,
      notFound: `Check that this is the address of ${title}`,
    },
    // An option of an update and no word of a provider.
    trustCommand: '',
  });
}

function wordsOf(title: string): ServerWords {
  return {
    title,
    port: 443,
    fingerprint: '`openssl x509 -noout -fingerprint -sha256` of its certificate',
    fingerprintView: '`openssl x509 -noout -fingerprint -sha256`',
    ca: 'of whoever issued its certificate',
    caFile: 'get the CA of whoever issued its certificate',
    renewal: `the certificate of ${title}`,
    renewedDays: null,
    variables: { fingerprint: '--fingerprint', caFile: '--ca-file', insecure: '--insecure' },
  };
}
