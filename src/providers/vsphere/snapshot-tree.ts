import { childOf, childrenOf, dateOf, nameOf, numberOf, type XmlElement } from './soap/xml-element.ts';

export interface VsphereSnapshot {
  /** `snapshot-12`. */
  moref: string;
  id: number | null;
  name: string | null;
  description: string | null;
  createdAt: Date | null;
  children: readonly VsphereSnapshot[];
}

/** `info` is the property `snapshot` of a VM. The reader's limit of nesting bounds the depth. */
export function readSnapshots(info: XmlElement): VsphereSnapshot[] {
  return childrenOf(info, 'rootSnapshotList').map(toSnapshot);
}

function toSnapshot(tree: XmlElement): VsphereSnapshot {
  return {
    moref: nameOf(childOf(tree, 'snapshot')) ?? '',
    id: numberOf(childOf(tree, 'id')),
    name: nameOf(childOf(tree, 'name')),
    description: nameOf(childOf(tree, 'description')),
    createdAt: dateOf(childOf(tree, 'createTime')),
    children: childrenOf(tree, 'childSnapshotList').map(toSnapshot),
  };
}
