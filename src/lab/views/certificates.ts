import type { LabCertificate } from '../certificates.ts';
import type { LabNode } from '../model.ts';
import type { Row } from './resources.ts';

/** The cluster's CA and the node's own certificate; a server with one of its own would have `pveproxy-ssl.pem` as well. */
export function certificateRows({ certificates }: LabNode): Row[] {
  if (certificates === null) return [];
  return [certificateRow('pve-root-ca.pem', certificates.root), certificateRow('pve-ssl.pem', certificates.server)];
}

function certificateRow(filename: string, certificate: LabCertificate): Row {
  return {
    filename,
    fingerprint: certificate.fingerprint,
    subject: certificate.subject,
    issuer: certificate.issuer,
    san: certificate.san,
    notbefore: certificate.notBefore,
    notafter: certificate.notAfter,
    pem: certificate.pem,
    'public-key-type': 'id-ecPublicKey',
    'public-key-bits': 256,
  };
}
