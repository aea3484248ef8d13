import type { Document } from '../../types/document.ts';
import { AppError } from '../../types/errors.ts';
import type { NodeObservation, ScopeReport } from '../../types/observation.ts';
import { type Fields, toDocument } from '../present-fields.ts';
import { failedScope } from '../scope-reports.ts';
import { hostStatus, whyHostIsSilent } from './host-state.ts';
import type { VsphereHost } from './read-hosts.ts';
import type { Walk } from './soap/walk.ts';
import { type RootAccess, walkScope } from './walk-scope.ts';

export interface NodesSeen {
  nodes: readonly NodeObservation[];
  scope: ScopeReport;
  /** By moref. */
  hosts: ReadonlyMap<string, VsphereHost>;
}

/** What a walk of all hosts says. Pure. */
export function observeNodes(hosts: Walk<VsphereHost> | AppError, access: RootAccess): NodesSeen {
  if (hosts instanceof AppError) return { nodes: [], scope: failedScope('nodes', hosts), hosts: new Map() };
  const scope = walkScope('nodes', hosts, access);
  const nodes = hosts.rows.flatMap((host) => observeNode(host) ?? []);
  const isNameless = nodes.length < hosts.rows.length && scope.coverage === 'complete';
  return {
    nodes,
    scope: isNameless ? { ...scope, coverage: 'error', message: 'a host is listed without its name' } : scope,
    hosts: new Map(hosts.rows.map((host) => [host.moref, host])),
  };
}

/** null for a host whose name could not be read. */
export function observeNode(host: VsphereHost): NodeObservation | null {
  const { name } = host;
  if (!name) return null;
  const status = hostStatus(host);
  const isRead = FACTS.every((fact) => host[fact] !== undefined) && host.computeResource?.name !== null;
  return {
    name,
    status,
    document: nodeDocument(host, status),
    isComplete: status === 'online' && isRead,
    isInMaintenance: host.isInMaintenance ?? null,
    telemetry: null,
    unobservable: status === 'unknown' ? whyHostIsSilent(host) : null,
  };
}

const FACTS = [
  'version',
  'build',
  'vendor',
  'model',
  'cpuModel',
  'cores',
  'threads',
  'memoryBytes',
  'hardwareUuid',
  'computeResource',
] as const satisfies readonly (keyof VsphereHost)[];

/** `cpus` counts threads, as other providers do. */
function nodeDocument(host: VsphereHost, status: string): Document {
  const { computeResource: owner } = host;
  const fields: Fields = [
    ['status', status],
    ['version', host.version],
    ['build', host.build],
    ['cpus', host.threads ?? host.cores],
    ['cores', host.cores],
    ['memoryBytes', host.memoryBytes],
    ['cluster', owner?.type === 'ClusterComputeResource' ? owner.name : null],
    ['vendor', host.vendor],
    ['model', host.model],
    ['cpuModel', host.cpuModel],
    ['uuid', host.hardwareUuid?.toLowerCase()],
    ['moref', host.moref],
  ];
  return toDocument(fields);
}
