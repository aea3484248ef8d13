import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveNodeStatus } from '../../api/pve-types.ts';
import type { Value } from '../../types/document.ts';
import { AppError } from '../../types/errors.ts';
import type { NodeTelemetry } from '../../types/node.ts';
import type { NodeObservation, ScopeReport } from '../../types/observation.ts';
import { holds } from '../../types/permissions.ts';
import { attempt, skippedScope } from '../scope-reports.ts';
import { type ClusterView, missingOf, type NodeView } from './cluster.ts';
import { type Maintenance, readMaintenance } from './maintenance.ts';
import { NEEDED } from './permissions.ts';
import { failedScope, scopeWithRights, unreachableScope } from './scopes.ts';

const NOT_TOLD: Maintenance = new Map();

type StatusAnswer = PveNodeStatus | AppError | null;

export interface NodesRead {
  nodes: readonly NodeObservation[];
  scope: ScopeReport;
}

/** Reads the nodes. Without `isRequested` only what the cluster's listing tells, without a call. */
export async function readNodes(
  client: ProxmoxClient,
  view: ClusterView,
  { isRequested, call }: { isRequested: boolean; call: CallOptions },
): Promise<NodesRead> {
  const nodes = [...view.nodes.values()];
  const ask = async (node: NodeView): Promise<StatusAnswer> =>
    isRequested && needsStatus(view, node) ? attempt(client.getNodeStatus(node.name, call)) : null;
  const [answers, maintenance] = await Promise.all([
    Promise.all(nodes.map(ask)),
    isRequested ? readMaintenance(client, view, call) : NOT_TOLD,
  ]);
  return {
    nodes: nodes.map((node, index) => {
      const isInMaintenance = maintenance.get(node.name) ?? null;
      return { ...observeNode(view, node, answers[index] ?? null), isInMaintenance };
    }),
    scope: isRequested ? nodesScope(view, answers) : skippedScope('nodes'),
  };
}

/** The local node's version is that of /version, and its row has the rest. */
function needsStatus({ permissions, version }: ClusterView, node: NodeView): boolean {
  if (node.status !== 'online' || (node.isLocal && version !== null)) return false;
  return permissions === null || holds(permissions, `/nodes/${node.name}`, 'Sys.Audit');
}

function nodesScope(view: ClusterView, answers: readonly StatusAnswer[]): ScopeReport {
  const count = view.nodes.size;
  const failed = answers.find((answer) => answer instanceof AppError);
  if (view.resources instanceof AppError) return failedScope('nodes', view.resources, count);
  if (view.statusError !== null && view.statusError.code !== 'forbidden') {
    return failedScope('nodes', view.statusError, count);
  }
  if (view.quorate === false) {
    return { ...unreachableScope('nodes', 'no quorum: the state of the other nodes is not known'), count };
  }
  if (view.statusError === null && view.membersDoubt !== null) {
    const hint = 'nothing is taken for removed meanwhile; when the cluster is really smaller now: --accept-removals';
    return { scope: 'nodes', coverage: 'error', count, message: view.membersDoubt, hint };
  }
  if (failed instanceof AppError) return failedScope('nodes', failed, count);
  const missing = missingOf(view, [...NEEDED.nodes, ...(view.statusError === null ? [] : NEEDED.quorum)]);
  if (view.statusError !== null && missing.length === 0) return failedScope('nodes', view.statusError, count);
  return scopeWithRights('nodes', count, missing);
}

function observeNode(view: ClusterView, node: NodeView, answer: StatusAnswer): NodeObservation {
  const told = answer instanceof AppError ? null : answer;
  const document = new Map<string, Value>([['status', node.status]]);
  const version = (node.isLocal ? view.version : null) ?? versionOf(told?.pveversion);
  const cpus = node.row?.maxcpu ?? told?.cpus;
  const memoryBytes = node.row?.maxmem ?? told?.memoryTotal;
  if (version !== null) document.set('version', version);
  if (cpus !== undefined) document.set('cpus', cpus);
  if (memoryBytes !== undefined) document.set('memoryBytes', memoryBytes);
  return {
    name: node.name,
    status: node.status,
    document: Object.fromEntries(document),
    isComplete: node.status === 'online' && view.quorate !== false && document.size === 4,
    telemetry: node.status === 'online' ? telemetryOf(node, told) : null,
    unobservable: whyUnobservable(view, node),
  };
}

function whyUnobservable(view: ClusterView, { name, status }: NodeView): string | null {
  if (status === 'online') return null;
  if (view.quorate === false) return 'the cluster has no quorum';
  return status === 'unknown' ? `the state of node ${name} is unknown` : null;
}

/** `pve-manager/8.4.21/2606ac850d46da29`. */
function versionOf(pveversion: string | undefined): string | null {
  return /^pve-manager\/([^/]+)/.exec(pveversion ?? '')?.[1] ?? null;
}

function telemetryOf({ row }: NodeView, told: PveNodeStatus | null): NodeTelemetry {
  return {
    cpu: row?.cpu ?? told?.cpu ?? null,
    memoryUsedBytes: row?.mem ?? told?.memoryUsed ?? null,
    diskBytes: row?.maxdisk ?? told?.rootfsTotal ?? null,
    diskUsedBytes: row?.disk ?? told?.rootfsUsed ?? null,
    uptimeSeconds: row?.uptime ?? told?.uptime ?? null,
  };
}
