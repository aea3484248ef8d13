import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveClusterStatus, PveNodeResource, PveResources } from '../../api/pve-types.ts';
import { doubt } from '../../types/doubt.ts';
import { AppError } from '../../types/errors.ts';
import type { ClusterIdentity, Permissions, ScopeReport } from '../../types/observation.ts';
import { attempt, completeScope } from '../scope-reports.ts';
import { readCertificates } from './identity.ts';
import { type Members, readMembers } from './members.ts';
import { missingPrivileges, type NeededPrivilege } from './permissions.ts';
import { failedScope } from './scopes.ts';

export interface NodeView {
  name: string;
  status: 'online' | 'offline' | 'unknown';
  /** The node that answers. */
  isLocal: boolean;
  row: PveNodeResource | null;
}

/** What the calls for the cluster as a whole gave. */
export interface ClusterView {
  version: string | null;
  /** null: could not be read. */
  permissions: Permissions | null;
  /** null: a host in no cluster, or not told. */
  quorate: boolean | null;
  identity: ClusterIdentity;
  resources: PveResources | AppError;
  /** Why /cluster/status could not be read. */
  statusError: AppError | null;
  /** The members of the cluster, by name. */
  nodes: ReadonlyMap<string, NodeView>;
  /** Why there may be other members; null: the cluster told all of them. */
  membersDoubt: string | null;
  permissionsScope: ScopeReport;
}

/** Failures of /version with which nothing else can work. */
const FATAL = new Set([
  'unauthenticated',
  'unreachable',
  'certificate',
  'configuration',
  'malformed',
  'no-endpoint',
  'timeout',
]);

/** The first call: null when it was not told. Throws when the provider cannot be used at all. */
export async function readVersion(client: ProxmoxClient, call: CallOptions): Promise<string | null> {
  const answer = await attempt(client.getVersion(call));
  if (answer instanceof AppError && answer.code === 'timeout') return explainSilence(client, answer, call);
  if (answer instanceof AppError && FATAL.has(answer.code)) throw answer;
  return answer instanceof AppError || answer.version === '' ? null : answer.version;
}

/** The first answer of a server in trouble takes longest; a second question may be answered with what is wrong. */
async function explainSilence(client: ProxmoxClient, silence: AppError, call: CallOptions): Promise<null> {
  const answer = await attempt(client.probe(call));
  if (answer instanceof AppError) throw answer.code === 'timeout' ? silence : answer;
  return null;
}

/** Questions that are on their way; they fail only when the run is interrupted. */
export interface ClusterAnswers {
  resources: Promise<PveResources | AppError>;
  status: Promise<PveClusterStatus | AppError>;
}

/** The longest answer first: it is asked for on the connection that is there, the others open their own. */
export function askCluster(client: ProxmoxClient, call: CallOptions): ClusterAnswers {
  return { resources: attempt(client.getClusterResources(call)), status: attempt(client.getClusterStatus(call)) };
}

interface ClusterQuery extends ClusterAnswers {
  version: string | null;
  knownIdentity?: ClusterIdentity | null | undefined;
  call: CallOptions;
}

/** Reads what the cluster as a whole tells. Throws only when the provider cannot be used at all. */
export async function readCluster(
  client: ProxmoxClient,
  { version, knownIdentity = null, call, ...asked }: ClusterQuery,
): Promise<ClusterView> {
  const [resources, status, certificates, permissions] = await Promise.all([
    asked.resources,
    asked.status,
    readCertificates(client, knownIdentity, call),
    attempt(client.getPermissions(call)),
  ]);
  if (permissions instanceof AppError && permissions.code === 'unauthenticated') throw permissions;
  // Not one scope that failed: nothing else is asked of a cluster that is larger than allowed.
  if (resources instanceof AppError && resources.code === 'limit') throw resources;
  const members = await readMembers(client, { status, resources, known: knownIdentity }, call);
  const nodes = nodeViews(members, status, resources);
  const cluster = status instanceof AppError ? undefined : status.cluster;
  return {
    version,
    permissions: permissions instanceof AppError ? null : permissions,
    quorate: cluster?.quorate ?? null,
    identity: { clusterName: cluster?.name ?? null, nodeNames: [...nodes.keys()], ...certificates },
    resources,
    statusError: status instanceof AppError ? status : null,
    nodes,
    membersDoubt: members.doubt,
    permissionsScope:
      permissions instanceof AppError
        ? failedScope('permissions', permissions)
        : completeScope('permissions', Object.keys(permissions).length),
  };
}

/** Nodes that are known to be online without /cluster/resources. */
export function onlineMembers(status: PveClusterStatus | AppError): string[] {
  return status instanceof AppError ? [] : status.nodes.filter(({ online }) => online).map(({ name }) => name);
}

/** Those of the needed rights that are missing; none when the rights are not known. */
export function missingOf(
  { permissions }: Pick<ClusterView, 'permissions'>,
  needed: readonly NeededPrivilege[],
): readonly NeededPrivilege[] {
  return permissions === null ? [] : missingPrivileges(permissions, needed);
}

/** Why a node cannot be asked; null for one that is online. */
export function whyNotAsked(view: ClusterView, name: string): string | null {
  if (isLeftover(view, name)) return doubt('leftover', `/etc/pve/nodes/${name} is not of a member of the cluster`);
  const status = view.nodes.get(name)?.status ?? 'unknown';
  if (status === 'online') return null;
  if (view.quorate === false) return 'the cluster has no quorum';
  return status === 'offline' ? `node ${name} is offline` : `the state of node ${name} is unknown`;
}

/**
 * Whether a guest's node is not in the cluster: /cluster/resources lists every configuration below /etc/pve/nodes, also of a
 * node that was removed (pmxcfs vmlist).
 */
function isLeftover({ membersDoubt, nodes }: ClusterView, name: string): boolean {
  return membersDoubt === null && !nodes.has(name);
}

/** /cluster/status knows best who is online; without it the rows of /cluster/resources tell, up to 10 s late. */
function nodeViews(
  { names }: Members,
  status: PveClusterStatus | AppError,
  resources: PveResources | AppError,
): ReadonlyMap<string, NodeView> {
  const rows = new Map((resources instanceof AppError ? [] : resources.nodes).map((row) => [row.node, row]));
  const members = new Map((status instanceof AppError ? [] : status.nodes).map((node) => [node.name, node]));
  return new Map(
    names.map((name) => {
      const row = rows.get(name) ?? null;
      const member = members.get(name);
      const view: NodeView = { name, status: toStatus(member?.online, row), isLocal: member?.local === true, row };
      return [name, view];
    }),
  );
}

function toStatus(isOnline: boolean | undefined, row: PveNodeResource | null): NodeView['status'] {
  if (isOnline !== undefined) return isOnline ? 'online' : 'offline';
  return row?.status === 'online' || row?.status === 'offline' ? row.status : 'unknown';
}
