import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import type { ClusterIdentity } from '../../types/observation.ts';
import { attempt } from '../scope-reports.ts';
import { readRootCa } from './identity.ts';

type Client = Pick<
  ProxmoxClient,
  'endpoints' | 'serverCertificate' | 'getNodes' | 'getNodeCertificates' | 'isIssuedBy'
>;

/**
 * Watches which servers answer from here on. The function returned sees to it that all of them are of the cluster whose CA was
 * read at first: a run that goes on at another address may end up at another cluster. It gives the identity with the
 * certificates of all nodes when one answered that was not known; the cluster itself tells them, in one call. Throws
 * AppError('wrong-cluster').
 */
export function watchServers(
  client: Client,
): (identity: ClusterIdentity, call: CallOptions) => Promise<ClusterIdentity> {
  const earlier = new Map(client.endpoints().map(({ url, lastOkAt }) => [url, lastOkAt?.getTime()]));
  return async (identity, call) => {
    const strangers = client
      .endpoints()
      .filter(({ url, lastOkAt }) => lastOkAt !== null && lastOkAt.getTime() !== earlier.get(url))
      .filter(({ fingerprint }) => fingerprint !== null && !identity.certificates.includes(fingerprint));
    if (identity.rootCa === null || strangers.length === 0) return identity;
    const shown = strangers.flatMap(({ fingerprint }) => fingerprint ?? []);
    const told = await certificatesOf(client, identity, call);
    const issued = await issuedOf(
      client,
      shown.filter((one) => !told.includes(one)),
      identity.rootCa,
      call,
    );
    const certificates = [...new Set([...told, ...issued])];
    const stranger = strangers.find(({ fingerprint }) => fingerprint === null || !certificates.includes(fingerprint));
    if (stranger === undefined) return { ...identity, certificates };
    throw new AppError(
      'wrong-cluster',
      `${stranger.url} showed a certificate that is not known to be of this cluster`,
      {
        hint: 'the cluster is asked anew in the next run; check that all endpoints of the provider are nodes of one cluster',
      },
    );
  };
}

/** Those that the cluster's own CA has signed: only its nodes have such keys. */
async function issuedOf(
  client: Client,
  fingerprints: readonly string[],
  rootCa: string,
  call: CallOptions,
): Promise<readonly string[]> {
  if (fingerprints.length === 0) return [];
  const pem = await readRootCa(client, rootCa, call);
  return pem === null ? [] : fingerprints.filter((fingerprint) => client.isIssuedBy(fingerprint, pem));
}

/** With those of all nodes, where a server tells them that is known itself. */
async function certificatesOf(
  client: Client,
  { certificates }: ClusterIdentity,
  call: CallOptions,
): Promise<readonly string[]> {
  const nodes = await attempt(client.getNodes(call));
  const teller = client.serverCertificate();
  if (nodes instanceof AppError || teller === null || !certificates.includes(teller)) return certificates;
  return [...new Set([...certificates, ...nodes.flatMap(({ sslFingerprint }) => sslFingerprint ?? [])])];
}
