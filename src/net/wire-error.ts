import { AppError } from '../types/errors.ts';
import type { CallLabel } from './call-label.ts';
import type { WireFailure } from './wire-failure.ts';

const DNS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME']);
const TCP: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'the network is unreachable',
  EHOSTDOWN: 'the host is down',
  ETIMEDOUT: 'the connection timed out',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  EADDRNOTAVAIL: 'no local address is available',
  EMFILE: 'too many files are open',
};
const CERTIFICATE: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate comes from an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate comes from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate comes from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate comes from an unknown authority',
  CERT_UNTRUSTED: 'the certificate is not trusted',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  CERT_SIGNATURE_FAILURE: 'the certificate is not signed by the given CA',
  CERT_REVOKED: 'the certificate was revoked',
  INVALID_CA: 'the certificate was issued by something that is no CA',
  INVALID_PURPOSE: 'the certificate is not meant for servers',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host name',
};

/** Whether the certificate is what failed, so that its fingerprint is worth reading. */
export function isCertificateFailure({ kind, code }: WireFailure): boolean {
  return kind === 'fingerprint' || (code !== undefined && code in CERTIFICATE);
}

/** Whether there was no connection that could be used, so that another endpoint of the same cluster may do better. */
export function isConnectionFailure({ kind }: WireFailure): boolean {
  return kind === 'connect-timeout' || kind === 'network' || kind === 'fingerprint';
}

/** The AppError for an exchange that brought no answer. `seen` is the fingerprint that the server showed, if it was read. */
export function wireError(failure: WireFailure, label: CallLabel, limits: WireLimits, seen?: string): AppError {
  const on = whereOf(label);
  switch (failure.kind) {
    case 'connect-timeout':
      return unreachable(`${on}: no connection within ${seconds(limits.connectTimeoutMs)}`, firewall(limits.words));
    case 'timeout':
      return new AppError('timeout', `${on}: no answer within ${seconds(limits.timeoutMs)}`, {
        hint: 'The server or the node asked for is overloaded or frozen: try again later',
        retryable: true,
      });
    case 'aborted':
      return new AppError('interrupted', `${on}: interrupted`);
    case 'cut':
      return new AppError('malformed', `${on}: the answer was cut off ${failure.detail ?? ''}`.trimEnd(), {
        hint: 'The connection broke, or a proxy in between limits answers: try again',
        retryable: true,
      });
    case 'too-large':
      return new AppError('malformed', `${on}: ${tooLarge(failure, limits)}`, {
        hint: 'Rollcall does not read answers of this size; a filter or another storage may make it smaller',
      });
    case 'encoding':
      return new AppError('malformed', `${on}: the compressed answer is damaged (${failure.detail ?? ''})`, {
        hint: 'Check for a proxy in between that changes answers',
        retryable: true,
      });
    case 'fingerprint':
      return certificateError(
        `${on}: the certificate has another fingerprint than the pinned one`,
        failure.detail,
        limits,
      );
    case 'network':
      return networkError(failure, label, { limits, seen });
  }
}

function tooLarge({ detail }: WireFailure, { maxBytes }: WireLimits): string {
  return detail === undefined
    ? `the answer is larger than ${maxBytes / 2 ** 20} MiB`
    : `this answer and others under way are larger than ${detail} together`;
}

/** Without a path nothing was asked for. */
function whereOf({ verb, path, endpoint }: CallLabel): string {
  return path === '' ? endpoint : `${verb} ${path} on ${endpoint}`;
}

export interface WireLimits {
  connectTimeoutMs: number;
  timeoutMs: number;
  maxBytes: number;
  /**
   * Command line to which ` --fingerprint AA:…` is added; empty: the flag itself is what counts; without it a variable of the
   * environment is named.
   */
  trustCommand?: string | undefined;
  words: ServerWords;
}

/** How a kind of server is named in hints, and where it shows its certificate. */
export interface ServerWords {
  /** `Proxmox VE`. */
  title: string;
  port: number;
  /** Where its fingerprint can be compared: a command on the server. */
  fingerprint: string;
  /** What shows a fingerprint that can be copied. */
  fingerprintView: string;
  /** Where its CA can be had. */
  ca: string;
  /** How to get the file of its CA. */
  caFile: string;
  /** How people renew its certificate. */
  renewal: string;
  /** Where it renews its certificate by itself: so many days before the end that should have happened; null: it does not. */
  renewedDays: number | null;
  /** Variables of the environment that trust it. */
  variables: { fingerprint: string; caFile: string; insecure: string };
}

function firewall({ port }: ServerWords): string {
  return `Check the address and port (usually ${port}), and any firewall in between`;
}

function networkError(
  { code = '', detail }: WireFailure,
  label: CallLabel,
  { limits, seen }: { limits: WireLimits; seen: string | undefined },
): AppError {
  const on = whereOf(label);
  const { words } = limits;
  const host = new URL(label.endpoint).hostname;
  if (DNS.has(code)) {
    const isTemporary = code === 'EAI_AGAIN';
    const what = isTemporary ? 'no name server answered for' : 'no such host:';
    return unreachable(
      `${on}: ${what} ${host} (${code})`,
      'Check the host name and the name servers (DNS)',
      isTemporary,
    );
  }
  const untrusted = CERTIFICATE[code];
  if (untrusted !== undefined) return certificateError(`${on}: ${untrusted} (${code})`, seen, limits);
  if (code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) {
    return unreachable(
      `${on}: the TLS handshake failed (${code})`,
      `Check that this port speaks HTTPS with TLS 1.2 or 1.3; ${words.title} is usually on port ${words.port}`,
      false,
    );
  }
  const tcp = TCP[code];
  if (tcp !== undefined) return unreachable(`${on}: ${tcp} (${code})`, firewall(words));
  if (code.startsWith('HPE_')) {
    return new AppError('malformed', `${on}: the answer is no HTTP (${code})`, { hint: firewall(words) });
  }
  return unreachable(`${on}: ${detail ?? 'the connection failed'}${code && ` (${code})`}`, firewall(words));
}

function unreachable(message: string, hint: string, retryable = true): AppError {
  return new AppError('unreachable', message, { hint, retryable });
}

function certificateError(message: string, seen: string | undefined, { trustCommand, words }: WireLimits): AppError {
  const { variables } = words;
  const command =
    trustCommand === undefined ? `${variables.fingerprint}=` : `${trustCommand} --fingerprint `.trimStart();
  const pin =
    seen === undefined
      ? `Pin its SHA-256 fingerprint with ${trustCommand === '' ? '--fingerprint' : (trustCommand ?? variables.fingerprint)}`
      : `Compare ${seen} with ${words.fingerprint}, then pin it: ${command}${seen}`;
  const byCa = trustCommand
    ? `its own: ${trustCommand} --cluster-ca)`
    : `${words.ca}) with ${trustCommand === undefined ? variables.caFile : '--ca-file'}`;
  return new AppError('certificate', seen === undefined ? message : `${message}; seen SHA-256 ${seen}`, {
    hint: `${pin}, or trust its CA (${byCa}`,
  });
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
