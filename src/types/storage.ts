import type { Document } from './document.ts';
import type { Sighting } from './presence.ts';

/** A storage as the cluster defines it; what each node sees of it is {@link StorageOnNode}. */
export interface Storage extends Sighting {
  id: string;
  providerId: string;
  name: string;
  /** `dir`, `nfs`, `zfspool`, `rbd`, `pbs`, … */
  type: string | null;
  content: readonly string[];
  isShared: boolean;
  document: Document;
  onNodes: readonly StorageOnNode[];
}

/** `/cluster/resources` has one row for each node and storage, shared or not: sum a shared one once. */
export interface StorageOnNode {
  node: string;
  /**
   * `available`, `unknown`; `pending`: not told yet, since it has just come; `disabled`; `unused`: it is for no node of the
   * cluster.
   */
  status: string;
  totalBytes: number | null;
  usedBytes: number | null;
}

/** A shared storage has one row for each node, all with the same figures; null while no node tells them. */
export function storageBytes(storage: Storage, figure: 'totalBytes' | 'usedBytes'): number | null {
  const told = storage.onNodes.map((onNode) => onNode[figure]).filter((bytes) => bytes !== null);
  if (told.length === 0) return null;
  return storage.isShared ? Math.max(...told) : told.reduce((total, bytes) => total + bytes, 0);
}
