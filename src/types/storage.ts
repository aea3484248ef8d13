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
