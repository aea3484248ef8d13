import type { PveNodeStorage } from '../../../api/pve-types.ts';
import type { ActionSubject, Check } from '../../../types/action.ts';
import { bytesText } from './disk.ts';

export interface StorageNeed {
  storage: string;
  node: string;
  /** What it has to hold. */
  content: 'images' | 'rootdir';
  /** How much room it needs; null: nobody can tell. */
  bytes: number | null;
}

export function diskContent(kind: ActionSubject['kind']): StorageNeed['content'] {
  return kind === 'qemu' ? 'images' : 'rootdir';
}

/** Whether a storage of a node can take a disk. `storages`: those of the node that are seen. */
export function storageCheck(
  { storage, node, content, bytes }: StorageNeed,
  storages: readonly PveNodeStorage[],
): Check {
  const refuse = (text: string, hint?: string): Check => ({ name: 'storage', ok: false, text, ...(hint && { hint }) });
  const found = storages.find((one) => one.storage === storage);
  const fitting = storages.filter((one) => one.content?.includes(content) && one.enabled !== false);
  const others = fitting.map((one) => one.storage).sort();
  const hint =
    others.length > 0 ? `${content === 'images' ? 'disks' : 'containers'} can be on: ${others.join(', ')}` : undefined;
  if (found === undefined || found.enabled === false) return refuse(`node ${node} has no storage ${storage}`, hint);
  if (found.content !== undefined && !found.content.includes(content))
    return refuse(`storage ${storage} does not take ${content}`, hint);
  if (found.active === false) return refuse(`storage ${storage} cannot be reached on node ${node}`);
  if (bytes !== null && found.avail !== undefined && found.avail < bytes)
    return refuse(`storage ${storage} has ${bytesText(found.avail)} free, and it takes ${bytesText(bytes)}`, hint);
  return { name: 'storage', ok: true, text: `storage ${storage} of node ${node} takes it` };
}
