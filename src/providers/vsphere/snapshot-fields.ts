import type { Document, Value } from '../../types/document.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import { hideSecrets } from './free-text.ts';
import type { VsphereSnapshot } from './snapshot-tree.ts';

/** `snapshot.before-upgrade.time` in epoch seconds, with `description` and `parent`. */
export function snapshotFields(trees: readonly VsphereSnapshot[], maskKey: MaskKey | null): Document {
  const all = flatten(trees, null);
  const keyOf = nameKeys(all.map(({ snapshot }) => snapshot));
  const fields: [string, Value][] = [];
  for (const { snapshot, parent } of all) {
    const path = `snapshot.${keyOf(snapshot)}`;
    const { createdAt, description } = snapshot;
    fields.push([`${path}.time`, createdAt === null ? 0 : Math.floor(createdAt.getTime() / 1000)]);
    if (description !== null) fields.push([`${path}.description`, hideSecrets(description, maskKey)]);
    if (parent !== null) fields.push([`${path}.parent`, keyOf(parent)]);
  }
  return Object.fromEntries(fields);
}

interface Placed {
  snapshot: VsphereSnapshot;
  parent: VsphereSnapshot | null;
}

function flatten(trees: readonly VsphereSnapshot[], parent: VsphereSnapshot | null): Placed[] {
  return trees.flatMap((snapshot) => [{ snapshot, parent }, ...flatten(snapshot.children, snapshot)]);
}

/** Names of snapshots need not be unique: those of which there are several get their number. */
function nameKeys(snapshots: readonly VsphereSnapshot[]): (snapshot: VsphereSnapshot) => string {
  const counts = new Map<string, number>();
  for (const { name } of snapshots) counts.set(name ?? '', (counts.get(name ?? '') ?? 0) + 1);
  return ({ name, id, moref }) => {
    const isUnique = name !== null && counts.get(name) === 1;
    return isUnique ? name : `${name ?? ''}#${id ?? moref}`;
  };
}
