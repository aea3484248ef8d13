import type { Document } from '../../types/document.ts';
import type { ObservedOnNode, StorageObservation } from '../../types/observation.ts';
import type { Storage, StorageOnNode } from '../../types/storage.ts';

const UNAVAILABLE_ON = 'unavailableOn';

interface StorageSight {
  document: Document;
  /** The present state of the storage on each node. */
  onNodes: readonly StorageOnNode[];
}

/**
 * The document of a storage after a run, with the nodes that cannot reach it. the server has not checked a storage that was
 * added a moment ago, so `unknown` is no failure there. `isFirstRun`: no such storage is assumed, because nothing of the
 * cluster was known before.
 */
export function storageSight(
  known: Storage | undefined,
  found: StorageObservation,
  { isFirstRun }: { isFirstRun: boolean },
): StorageSight {
  if (found.isPartial) {
    const { [UNAVAILABLE_ON]: _, disabled: _was, ...kept } = known?.document ?? {};
    return { document: { ...kept, ...found.document }, onNodes: idleOn(known, found) };
  }
  const settled = found.onNodes.map((row) => ({ row, isNew: !isFirstRun && isNewOn(known, row.node) }));
  const unavailable = settled
    .filter(({ row, isNew }) => !isNew && isUnavailable(known, row))
    .map(({ row }) => row.node);
  return {
    document: { ...found.document, ...(unavailable.length > 0 && { [UNAVAILABLE_ON]: unavailable }) },
    onNodes: settled.map(({ row, isNew }) => toOnNode(row, isNew)),
  };
}

/**
 * Whether the nodes already had the storage as unavailable before this was recorded. Then the path is read for the first
 * time, and has not changed.
 */
export function wasUnavailableBefore({ document, onNodes }: Storage, nodes: readonly string[]): boolean {
  const unknown = new Set(onNodes.filter(({ status }) => status === 'unknown').map(({ node }) => node));
  return document[UNAVAILABLE_ON] === undefined && nodes.every((node) => unknown.has(node));
}

export function unavailableOn({ [UNAVAILABLE_ON]: nodes }: Document): readonly string[] {
  return typeof nodes === 'object' ? nodes : [];
}

function isUnavailable(known: Storage | undefined, { node, status, isUntold }: ObservedOnNode): boolean {
  return isUntold === true ? unavailableOn(known?.document ?? {}).includes(node) : status !== 'available';
}

/** Whether the node did not use the storage before: the storage was new, disabled, or restricted to other nodes. */
function isNewOn(known: Storage | undefined, node: string): boolean {
  const nodes = known?.document['nodes'];
  return known?.document['disabled'] === true || typeof nodes !== 'object' || !nodes.includes(node);
}

function toOnNode({ node, status, totalBytes, usedBytes }: ObservedOnNode, isNew: boolean): StorageOnNode {
  return { node, status: isNew && status !== 'available' ? 'pending' : status, totalBytes, usedBytes };
}

function idleOn(known: Storage | undefined, { document }: StorageObservation): StorageOnNode[] {
  const status = document['disabled'] === true ? 'disabled' : 'unused';
  return (known?.onNodes ?? []).map(({ node }) => ({ node, status, totalBytes: null, usedBytes: null }));
}
