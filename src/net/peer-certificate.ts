import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { type PeerCertificate as NodeCertificate, TLSSocket } from 'node:tls';
import type { ShownCertificate } from '../types/endpoint.ts';

/** As a connection showed it. */
export interface PeerCertificate extends ShownCertificate {
  der: Buffer;
}

const certificates = new WeakMap<Socket, PeerCertificate | null>();

/** The server's certificate, read once for each connection; null over plain HTTP, and of a resumed session (seen on Node 20). */
export function peerCertificate(socket: Socket): PeerCertificate | null {
  let known = certificates.get(socket);
  if (known === undefined) {
    known = socket instanceof TLSSocket ? toPeerCertificate(socket.getPeerCertificate()) : null;
    certificates.set(socket, known);
  }
  return known;
}

/** null, as Node.js gives it: the connection was closed meanwhile. */
function toPeerCertificate(shown: Partial<NodeCertificate> | null): PeerCertificate | null {
  const { fingerprint256: fingerprint, raw: der, valid_to: until = '' } = shown ?? {};
  if (fingerprint === undefined || der === undefined) return null;
  const endsAt = new Date(until);
  return { fingerprint, der, endsAt: Number.isNaN(endsAt.getTime()) ? null : endsAt };
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
