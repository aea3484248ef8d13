import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { AppError } from '../types/errors.ts';
import { type ServerWords, wireError } from './wire-error.ts';
import { toWireFailure, WireFailure } from './wire-failure.ts';
import { within } from './within.ts';

export interface ServerCertificate {
  /** SHA-256, `AA:BB:…`. */
  fingerprint: string;
  /** `CN=pve1, OU=PVE Cluster Node`. */
  subject: string;
  issuer: string;
  /** Host names and addresses that it is for. */
  names: readonly string[];
  validFrom: Date;
  validTo: Date;
  /** Whether the given CA, or else the system's authorities, vouch for it at this address and time. */
  isTrusted: boolean;
  /** Why not: `SELF_SIGNED_CERT_IN_CHAIN`, `CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID`, … */
  distrust: string | null;
}

export type InspectionStep = 'dns' | 'tcp' | 'tls';

export interface CertificateInspection {
  /** The step that failed; null when all went well. */
  failure: { step: InspectionStep; error: AppError } | null;
  /** Of the host, in the order to try; empty when they were not found. */
  addresses: readonly string[];
  certificate: ServerCertificate | null;
}

export interface InspectOptions {
  /** Of each step. */
  timeoutMs: number;
  /** PEM; in place of the system's authorities. */
  ca?: string | undefined;
  signal?: AbortSignal | undefined;
  words: ServerWords;
}

/**
 * Looks at a server's certificate in three steps: DNS, TCP, TLS. Trusts nothing and sends nothing.
 * `url` is `https://host:8006`. Throws only AppError('interrupted').
 */
export async function inspectCertificate(url: string, options: InspectOptions): Promise<CertificateInspection> {
  const { hostname, port, origin } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const sockets: Socket[] = [];
  let step: InspectionStep = 'dns';
  let addresses: string[] = [];
  try {
    addresses = (await within(lookup(host, { all: true }), options)).map(({ address }) => address);
    step = 'tcp';
    const socket = connectTcp({ host, port: Number(port || 443) });
    sockets.push(socket);
    await within(once(socket, 'connect'), options);
    step = 'tls';
    const secure = connectTls({
      socket,
      host,
      rejectUnauthorized: false,
      ...(options.ca !== undefined && { ca: options.ca }),
      ...(isIP(host) === 0 && { servername: host }),
    });
    sockets.push(secure);
    await within(once(secure, 'secureConnect'), options);
    return { failure: null, addresses, certificate: readCertificate(secure) };
  } catch (error) {
    if (options.signal?.aborted) throw new AppError('interrupted', `${origin}: interrupted`);
    return { failure: { step, error: explain(error, origin, options) }, addresses, certificate: null };
  } finally {
    // The outer one first: Node 20 crashes when the socket below a TLS socket goes before it.
    for (const socket of sockets.reverse()) socket.destroy();
  }
}

function explain(error: unknown, endpoint: string, { timeoutMs, words }: InspectOptions): AppError {
  const limits = { connectTimeoutMs: timeoutMs, timeoutMs, maxBytes: 0, words };
  return wireError(toWireFailure(error), { verb: 'GET', path: '', endpoint }, limits);
}

function readCertificate(socket: TLSSocket): ServerCertificate {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) throw new WireFailure('network', { detail: 'the server shows no certificate' });
  const { fingerprint256, subject, issuer, subjectAltName = '', validFrom, validTo } = certificate;
  // Typed as an Error, but Node puts its code there.
  const distrust: unknown = socket.authorizationError;
  return {
    fingerprint: fingerprint256,
    subject: inOneLine(subject),
    issuer: inOneLine(issuer),
    names: subjectAltName.split(', ').flatMap((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1] ?? []),
    validFrom: new Date(validFrom),
    validTo: new Date(validTo),
    isTrusted: socket.authorized,
    distrust: socket.authorized ? null : String(distrust),
  };
}

function inOneLine(name: string): string {
  return name.split('\n').join(', ');
}
