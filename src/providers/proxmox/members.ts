import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveClusterStatus, PveResources } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import type { ClusterIdentity } from '../../types/observation.ts';
import { attempt } from '../scope-reports.ts';

/** The nodes of the cluster. */
export interface Members {
  /** Sorted. With `doubt` every node that is named anywhere. */
  names: readonly string[];
  /** Why a node that is not among them may be one all the same; null when the cluster itself told who its members are. */
  doubt: string | null;
}

interface Answers {
  status: PveClusterStatus | AppError;
  resources: PveResources | AppError;
  known: ClusterIdentity | null;
}

/**
 * Who is in the cluster. /cluster/status names the members with their number; without the right to read it the rows of
 * /cluster/resources do, which has one for each member (pve-manager PVE/API2/Cluster.pm). A node that is missing there is asked
 * for once more at /nodes, which needs no privilege.
 */
export async function readMembers(
  client: Pick<ProxmoxClient, 'getNodes'>,
  answers: Answers,
  call: CallOptions,
): Promise<Members> {
  const { status, resources, known } = answers;
  const rows = resources instanceof AppError ? [] : resources.nodes.map(({ node }) => node);
  if (!(status instanceof AppError)) {
    const names = status.nodes.map(({ name }) => name);
    const doubt = whyDoubtful(status, rows, known);
    return { names: sorted(doubt === null ? names : [...names, ...rows]), doubt };
  }
  const missing = (known?.nodeNames ?? []).filter((name) => !rows.includes(name));
  if (status.code === 'forbidden' && !(resources instanceof AppError) && resources.unreadable === 0) {
    if (missing.length === 0) return { names: sorted(rows), doubt: null };
    const nodes = await attempt(client.getNodes(call));
    if (!(nodes instanceof AppError) && nodes.length > 0) {
      const listed = nodes.map(({ node }) => node);
      return { names: sorted([...rows, ...listed]), doubt: null };
    }
  }
  return { names: sorted(rows), doubt: 'the members of the cluster could not be read' };
}

/**
 * pmxcfs that has no corosync configuration answers as a host in no cluster: one that was separated, and one that is starting.
 * Source: pve-manager PVE/API2/Cluster.pm get_status, "fake entry for local node if no cluster defined".
 */
function whyDoubtful(
  { cluster, nodes }: PveClusterStatus,
  rows: readonly string[],
  known: ClusterIdentity | null,
): string | null {
  if (cluster === undefined) {
    const before = known?.clusterName ?? null;
    return before === null ? null : `the server answers as a host in no cluster, and was in cluster ${before}`;
  }
  if (cluster.quorate === false) return 'the cluster has no quorum';
  const names = new Set(nodes.map(({ name }) => name));
  const isWhole = cluster.nodes === undefined ? rows.every((row) => names.has(row)) : cluster.nodes === names.size;
  return isWhole && names.size > 0 ? null : 'the list of members is shorter than the cluster says';
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
