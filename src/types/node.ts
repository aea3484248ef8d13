import type { Document } from './document.ts';
import type { Sighting } from './presence.ts';

export type NodeStatus = 'online' | 'offline' | 'unknown';

export interface Node extends Sighting {
  id: string;
  providerId: string;
  name: string;
  status: NodeStatus;
  /** As the HA manager has it. */
  isInMaintenance: boolean;
  /** Version of pve-manager on this node, such as `8.4.21`. */
  version: string | null;
  cpus: number | null;
  memoryBytes: number | null;
  document: Document;
}

export interface NodeTelemetry {
  /** Share of the node's CPUs in use, 0 to 1. */
  cpu: number | null;
  memoryUsedBytes: number | null;
  diskBytes: number | null;
  diskUsedBytes: number | null;
  uptimeSeconds: number | null;
}
