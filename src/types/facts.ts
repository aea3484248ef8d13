import type { Document, Value } from './document.ts';
import type { HostState } from './guest.ts';
import type { NodeStatus } from './node.ts';

/** What lists and filters know of a guest, by its document. */
export interface GuestFacts {
  node: string | null;
  name: string | null;
  status: string | null;
  qmpstatus: string | null;
  isTemplate: boolean;
  tags: readonly string[];
  pool: string | null;
  osType: string | null;
}

export function guestFacts(document: Document): GuestFacts {
  return {
    node: textAt(document, 'node'),
    name: textAt(document, 'name'),
    status: textAt(document, 'status'),
    qmpstatus: textAt(document, 'qmpstatus'),
    isTemplate: document['template'] === true,
    tags: listAt(document, 'tags'),
    pool: textAt(document, 'pool'),
    osType: textAt(document, 'ostype'),
  };
}

interface NodeFacts {
  status: string | null;
  isInMaintenance: boolean;
  version: string | null;
  cpus: number | null;
  memoryBytes: number | null;
}

export function nodeFacts(document: Document): NodeFacts {
  return {
    status: textAt(document, 'status'),
    isInMaintenance: document['maintenance'] === true,
    version: textAt(document, 'version'),
    cpus: numberAt(document, 'cpus'),
    memoryBytes: numberAt(document, 'memoryBytes'),
  };
}

interface StorageFacts {
  type: string | null;
  content: readonly string[];
  isShared: boolean;
}

export function storageFacts(document: Document): StorageFacts {
  return {
    type: textAt(document, 'type'),
    content: listAt(document, 'content'),
    isShared: document['shared'] === true || document['shared'] === 1,
  };
}

export function toHostState(status: Value | null | undefined): HostState {
  return status === 'running' || status === 'stopped' || status === 'suspended' ? status : 'unknown';
}

export function toNodeStatus(status: string | null): NodeStatus {
  return status === 'online' || status === 'offline' ? status : 'unknown';
}

function textAt(document: Document, path: string): string | null {
  const value = document[path];
  return typeof value === 'string' ? value : null;
}

function numberAt(document: Document, path: string): number | null {
  const value = document[path];
  return typeof value === 'number' ? value : null;
}

function listAt(document: Document, path: string): readonly string[] {
  const value: Value | undefined = document[path];
  return typeof value === 'object' ? value : [];
}
