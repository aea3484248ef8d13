import type { PveNodeStorage } from '../../../api/pve-types.ts';
import type { Check, Risk } from '../../../types/action.ts';
import { bytesText } from './disk.ts';

/** A storage that something is written to. */
export interface StorageUse {
  node: string;
  storage: string;
  /** `images`, `rootdir`. */
  content: string;
  /** How much is written; null: it is not known. */
  bytes: number | null;
}

/** Storages that allocate a disk in whole; all others as it fills. Source: pve-storage src/PVE/Storage/LVMPlugin.pm. */
const THICK: ReadonlySet<string> = new Set(['lvm', 'iscsi', 'iscsidirect', 'zfs']);

/** Whether the storage is there, active, and takes the content. */
export function contentCheck(
  { node, storage, content }: Omit<StorageUse, 'bytes'>,
  storages: readonly PveNodeStorage[],
): Check {
  const row = storages.find((one) => one.storage === storage);
  const refused = (text: string, hint?: string): Check => ({
    name: 'storage',
    ok: false,
    text,
    ...(hint !== undefined && { hint }),
  });
  const fitting = storages.filter((one) => isUsable(one) && one.content?.includes(content));
  const names = fitting.map((one) => one.storage).sort();
  const hint = names.length === 0 ? `no storage of ${node} takes ${content}` : `these do: ${names.join(', ')}`;
  if (row === undefined) return refused(`node ${node} has no storage ${storage}`, hint);
  if (row.enabled === false) return refused(`storage ${storage} is disabled on node ${node}`, hint);
  if (row.active === false) return refused(`storage ${storage} is not active on node ${node}`, hint);
  if (row.content?.includes(content) === true) {
    return { name: 'storage', ok: true, text: `storage ${storage} takes ${content}` };
  }
  return refused(`storage ${storage} takes no ${content}, but ${row.content?.join(', ') || 'nothing'}`, hint);
}

function isUsable({ enabled, active }: PveNodeStorage): boolean {
  return enabled !== false && active !== false;
}

/** Whether what is copied fits in. */
export function roomCheck({ storage, bytes }: StorageUse, storages: readonly PveNodeStorage[]): Check[] {
  const available = storages.find((one) => one.storage === storage && isUsable(one))?.avail;
  if (available === undefined || bytes === null) return [];
  const text = `storage ${storage} has ${bytesText(available)} free, ${bytesText(bytes)} are needed`;
  const ok = bytes <= available;
  return [{ name: 'storage', ok, text, ...(!ok && { hint: 'take another storage, or make room' }) }];
}

/** An empty disk takes its room as it fills, unless its storage allocates it in whole. */
export function emptyDiskRoom(
  use: StorageUse,
  storages: readonly PveNodeStorage[],
): { checks: readonly Check[]; risks: readonly Risk[] } {
  const checks = roomCheck(use, storages);
  const isThick = THICK.has(storages.find(({ storage }) => storage === use.storage)?.type ?? '');
  if (isThick || checks.every(({ ok }) => ok)) return { checks, risks: [] };
  return { checks: [], risks: checks.map(({ text }) => ({ kind: 'over-provisioned', text })) };
}

/** The bytes of each storage together, sorted by its name; null where those of one disk are not known. */
export function usesOf(
  disks: readonly { storage: string; bytes: number | null }[],
  { node, content }: Pick<StorageUse, 'node' | 'content'>,
): StorageUse[] {
  const names = [...new Set(disks.map(({ storage }) => storage))].sort();
  return names.map((storage) => {
    const sizes = disks.filter((disk) => disk.storage === storage).map(({ bytes }) => bytes);
    const bytes = sizes.reduce<number | null>((sum, size) => (sum === null || size === null ? null : sum + size), 0);
    return { node, storage, content, bytes };
  });
}
