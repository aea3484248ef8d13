import type { PveNodeStorage } from '../../../api/pve-types.ts';
import type { ActionSubject, Check, Risk } from '../../../types/action.ts';
import { bytesText } from './disk.ts';

export interface StorageNeed {
  storage: string;
  node: string;
  /** What it has to hold. */
  content: 'images' | 'rootdir' | 'backup';
  /** How much room it needs; null: nobody can tell. */
  bytes: number | null;
}

export function diskContent(kind: ActionSubject['kind']): 'images' | 'rootdir' {
  return kind === 'qemu' ? 'images' : 'rootdir';
}

const WORDS: Readonly<Record<StorageNeed['content'], string>> = {
  images: 'disks',
  rootdir: 'containers',
  backup: 'backups',
};

/** Whether a storage of a node can take a disk or a backup. `storages`: those of the node that are seen. */
export function storageCheck(
  { storage, node, content, bytes }: StorageNeed,
  storages: readonly PveNodeStorage[],
): Check {
  const refuse = (text: string, hint?: string): Check => ({ name: 'storage', ok: false, text, ...(hint && { hint }) });
  const found = storages.find((one) => one.storage === storage);
  const fitting = storages.filter((one) => one.content?.includes(content) && one.enabled !== false);
  const others = fitting.map((one) => one.storage).sort();
  const hint = others.length > 0 ? `${WORDS[content]} can be on: ${others.join(', ')}` : undefined;
  if (found === undefined || found.enabled === false) return refuse(`node ${node} has no storage ${storage}`, hint);
  if (found.content !== undefined && !found.content.includes(content))
    return refuse(`storage ${storage} does not take ${content}`, hint);
  if (found.active === false) return refuse(`storage ${storage} cannot be reached on node ${node}`);
  if (found.avail !== undefined && found.avail <= 0) return refuse(`storage ${storage} is full`, hint);
  if (bytes !== null && found.avail !== undefined && found.avail < bytes)
    return refuse(`storage ${storage} has ${bytesText(found.avail)} free, and it takes ${bytesText(bytes)}`, hint);
  return { name: 'storage', ok: true, text: `storage ${storage} of node ${node} takes it` };
}

/** Compressed, thin or sparse, it may need less: nobody knows before. */
export function roomRisks(storages: readonly PveNodeStorage[], storage: string, bytes: number): Risk[] {
  const avail = storages.find((one) => one.storage === storage)?.avail;
  if (avail === undefined || avail >= bytes) return [];
  const [need, free] = [bytesText(bytes), bytesText(avail)];
  return [{ kind: 'room', text: `it may not fit: its disks are ${need}, storage ${storage} has ${free} free` }];
}
