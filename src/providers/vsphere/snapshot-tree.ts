import { childOf, childrenOf, dateOf, nameOf, numberOf, type XmlElement } from './soap/xml-element.ts';

export interface VsphereSnapshot {
  /** `snapshot-12`. */
  moref: string;
  id: number | null;
  name: string | null;
  description: string | null;
  createdAt: Date | null;
  /** The VM runs on from here. */
  isCurrent: boolean;
  children: readonly VsphereSnapshot[];
}

/** `info` is the property `snapshot` of a VM. The reader's limit of nesting bounds the depth. */
export function readSnapshots(info: XmlElement): VsphereSnapshot[] {
  const current = nameOf(childOf(info, 'currentSnapshot'));
  return childrenOf(info, 'rootSnapshotList').map((tree) => toSnapshot(tree, current));
}

function toSnapshot(tree: XmlElement, current: string | null): VsphereSnapshot {
  const moref = nameOf(childOf(tree, 'snapshot')) ?? '';
  return {
    moref,
    id: numberOf(childOf(tree, 'id')),
    name: nameOf(childOf(tree, 'name')),
    description: nameOf(childOf(tree, 'description')),
    createdAt: dateOf(childOf(tree, 'createTime')),
    isCurrent: moref !== '' && moref === current,
    children: childrenOf(tree, 'childSnapshotList').map((child) => toSnapshot(child, current)),
  };
}
