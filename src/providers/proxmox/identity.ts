import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions } from '../../api/pve-types.ts';
import { fingerprintOfPem } from '../../net/peer-certificate.ts';
import { AppError } from '../../types/errors.ts';
import type { ClusterIdentity } from '../../types/observation.ts';
import { attempt } from '../scope-reports.ts';

export type CertificateIdentity = Pick<ClusterIdentity, 'rootCa' | 'certificates'>;

const ROOT_CA = 'pve-root-ca.pem';
const NOTHING: CertificateIdentity = { rootCa: null, certificates: [] };

/**
 * The root CA of the cluster in PEM; null when it was not told. It is known by its fingerprint, so it does not matter who tells.
 */
export async function readRootCa(
  client: Pick<ProxmoxClient, 'getNodeCertificates'>,
  fingerprint: string,
  call: CallOptions,
): Promise<string | null> {
  const rows = await attempt(client.getNodeCertificates('localhost', call));
  const pem = rows instanceof AppError ? undefined : rows.find(({ filename }) => filename === ROOT_CA)?.pem;
  return pem !== undefined && fingerprintOfPem(pem) === fingerprint ? pem : null;
}

/**
 * Which CA the answering cluster has. A server that shows a certificate known to be this cluster's has proven it with its
 * key, so nothing is asked; any other one costs a call. Throws AppError when the call fails and there is a CA to compare
 * with: what answers might be another cluster then. To be called after an answer, since it is about that connection.
 */
export async function readCertificates(
  client: Pick<ProxmoxClient, 'serverCertificate' | 'getNodeCertificates'>,
  known: CertificateIdentity | null,
  call: CallOptions,
): Promise<CertificateIdentity> {
  const shown = client.serverCertificate();
  if (shown !== null && known?.certificates.includes(shown)) {
    return { rootCa: known.rootCa, certificates: known.certificates };
  }
  // `localhost` is the node that answers, whichever that is.
  const rows = await attempt(client.getNodeCertificates('localhost', call));
  if (rows instanceof AppError) {
    if (known === null || known.rootCa === null) return NOTHING;
    throw rows;
  }
  const rootCa = rows.find(({ filename }) => filename === ROOT_CA)?.fingerprint ?? null;
  // While certificates are renewed, workers show the old ones and the new side by side.
  const kept = rootCa !== null && rootCa === known?.rootCa ? known.certificates : [];
  const leaves = rows.filter(({ filename }) => filename !== ROOT_CA).map(({ fingerprint }) => fingerprint);
  return { rootCa, certificates: [...new Set([...kept, ...(shown === null ? [] : [shown]), ...leaves])] };
}
