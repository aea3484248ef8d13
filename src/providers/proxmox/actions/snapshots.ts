import type { PveSnapshot } from '../../../api/pve-types.ts';
import type { ActionSubject, Check, PlannedCall } from '../../../types/action.ts';
import { compileWildcard } from '../../../types/wildcard.ts';
import { call, ownTask, pathOf } from './planner.ts';
import type { Scene, SceneReader } from './scene.ts';

/** A snapshot that has been taken. */
export interface Snapshot {
  name: string;
  parent: string | null;
  /** Epoch seconds. */
  takenAt: number;
  hasMemory: boolean;
}

/** Only a deletion by exactly its name deletes it. */
export function isPinned(name: string): boolean {
  return /^keep/i.test(name);
}

/** The newest first. */
export async function readSnapshots({ client, signal }: SceneReader, scene: Scene): Promise<readonly Snapshot[]> {
  if (scene.guest === null) return [];
  const { kind, node, vmid } = scene.subject;
  const rows = await client.getSnapshots(kind, node, vmid, { signal });
  return rows
    .flatMap(toSnapshot)
    .sort((a, b) => b.takenAt - a.takenAt || (a.name < b.name ? -1 : Number(a.name > b.name)));
}

/** One that is being taken has no time; `vzdump` is that of a backup of a container. */
function toSnapshot({ name, parent, snaptime, vmstate, isCurrent }: PveSnapshot): Snapshot[] {
  if (isCurrent || snaptime === undefined || name === 'vzdump') return [];
  return [{ name, parent: parent ?? null, takenAt: snaptime, hasMemory: vmstate === true }];
}

export interface Selection {
  /** A wildcard; null: of any name. */
  name: string | null;
  /** Epoch seconds: only older ones; null: of any age. */
  before: number | null;
  /** Only those beyond the newest so many. */
  keep: number;
}

/** Those that are too many or too old, the oldest first; of the newest first. */
export function outlived(all: readonly Snapshot[], { name, before, keep }: Selection): readonly Snapshot[] {
  const isMeant = name === null ? () => true : compileWildcard(name);
  return all
    .filter((one) => isMeant(one.name) && !isPinned(one.name))
    .filter(({ takenAt }, index) => index >= keep && (before === null || takenAt < before))
    .toReversed();
}

export function deletion(subject: ActionSubject, { name }: Snapshot): PlannedCall {
  return call(subject, {
    verb: 'DELETE',
    path: pathOf(subject, `/snapshot/${name}`),
    words: `delete the snapshot ${name}`,
    task: ownTask(subject, 'delsnapshot'),
    proof: { kind: 'snapshot', name, isThere: false },
    sets: { [`snapshot.${name}.time`]: null },
  });
}

export function missingSnapshot(name: string, all: readonly Snapshot[]): Check {
  const names = all.map((one) => one.name).join(', ');
  const hint = names === '' ? 'it has no snapshots' : `its snapshots: ${names}`;
  return { name: 'snapshot', ok: false, text: `it has no snapshot ${name}`, hint };
}
