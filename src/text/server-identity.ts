import { X509Certificate } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls';

/**
 * Node's check of a certificate's names, which in Node 22.23.3 never finds an IPv6 address: it looks for the host's
 * `domainToASCII()`, which is empty for one. OpenSSL's own check finds it.
 */
export function checkIdentity(host: string, certificate: PeerCertificate): Error | undefined {
  if (isIPv6(host) && new X509Certificate(certificate.raw).checkIP(host) !== undefined) return undefined;
  return checkServerIdentity(host, certificate);
}

/**
 * Has the certificate of a PostgreSQL server compared with the host that was asked for. pg passes no name to Node for an IP address,
 * and Node would then compare the certificate with `localhost`.
 */
export function verifiedAs(host: string): Pick<ConnectionOptions, 'rejectUnauthorized' | 'checkServerIdentity'> {
  return { rejectUnauthorized: true, checkServerIdentity: (_name, certificate) => checkIdentity(host, certificate) };
}
