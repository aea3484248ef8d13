import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import type { ShownCertificate } from '../types/endpoint.ts';

const certificates = new WeakMap<Socket, Partial<PeerCertificate>>();

/** The server's certificate, read once for each connection; empty over plain HTTP, and of a resumed session (seen on Node 20). */
export function peerCertificate(socket: Socket): Partial<PeerCertificate> {
  const known = certificates.get(socket);
  if (known !== undefined) return known;
  const shown = socket instanceof TLSSocket ? socket.getPeerCertificate() : {};
  certificates.set(socket, shown);
  return shown;
}

/** A certificate in DER, as an answer carries it; null over plain HTTP, and when it is the one of the connection before. */
export function shownCertificate({
  fingerprint,
  certificate,
}: {
  fingerprint: string | null;
  certificate?: Buffer | null;
}): ShownCertificate | null {
  return fingerprint === null ? null : { fingerprint, endsAt: certificate ? endOf(certificate) : null };
}

function endOf(certificate: Buffer): Date | null {
  try {
    return new Date(new X509Certificate(certificate).validTo);
  } catch {
    return null;
  }
}

/** Whether an authority has signed a certificate. `authorityPem` is text of a server: what is no certificate has signed nothing. */
export function isIssuedBy(certificate: Buffer, authorityPem: string): boolean {
  try {
    const authority = new X509Certificate(authorityPem);
    const leaf = new X509Certificate(certificate);
    return authority.ca && leaf.checkIssued(authority) && leaf.verify(authority.publicKey);
  } catch {
    return false;
  }
}

/** SHA-256 of a certificate in PEM, `AA:BB:…`; null for a text that is none. */
export function fingerprintOfPem(pem: string): string | null {
  try {
    return new X509Certificate(pem).fingerprint256;
  } catch {
    return null;
  }
}
