import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveNodeCertificate } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import type { ClusterCertificates } from '../provider.ts';
import { attempt } from '../scope-reports.ts';

type Client = Pick<ProxmoxClient, 'getClusterStatus' | 'getNodeCertificates'>;

/** What pveproxy shows: the node's own certificate, unless one was uploaded or ordered (pve-manager PVE/CertHelpers.pm). */
const SHOWN_FIRST = ['pveproxy-ssl.pem', 'pve-ssl.pem'];
const ROOT_CA = 'pve-root-ca.pem';

/** Reads the certificates of all nodes that are online. Throws AppError when not even the nodes could be listed. */
export async function readClusterCertificates(client: Client, call: CallOptions): Promise<ClusterCertificates> {
  const { nodes } = await client.getClusterStatus(call);
  const rows = await Promise.all(
    nodes.map(async ({ name, online }): Promise<[string, readonly PveNodeCertificate[] | AppError]> => {
      if (online === false) return [name, new AppError('node-unreachable', `node ${name} is offline`)];
      return [name, await attempt(client.getNodeCertificates(name, call))];
    }),
  );
  const read = rows.flatMap(([name, found]) => (found instanceof AppError ? [] : [{ name, found }]));
  return {
    rootCaPem: read.flatMap(({ found }) => found.find(({ filename }) => filename === ROOT_CA)?.pem ?? [])[0] ?? null,
    nodes: read.flatMap(({ name, found }) => {
      const shown = SHOWN_FIRST.flatMap((file) => found.find(({ filename }) => filename === file) ?? [])[0];
      return shown === undefined ? [] : [{ name, fingerprint: shown.fingerprint }];
    }),
    unread: rows.flatMap(([name, found]) => (found instanceof AppError ? [{ name, message: found.message }] : [])),
  };
}
