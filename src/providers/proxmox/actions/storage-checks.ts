import type { PveNodeStorage } from '../../../api/pve-types.ts';
import type { Check, Risk } from '../../../types/action.ts';

const GIB = 1024 ** 3;

export interface StorageUse {
  storage: string;
  node: string;
  /** `backup`, `images`, `rootdir`. */
  content: string;
}

/** Whether a node can put something on a storage, by what the node says of its storages. */
export function storageCheck(all: readonly PveNodeStorage[], { storage, node, content }: StorageUse): Check {
  const row = all.find((one) => one.storage === storage);
  const fitting = all.filter((one) => isUsable(one) && one.content?.includes(content)).map((one) => one.storage);
  const hint = fitting.length === 0 ? undefined : `on ${node}, ${fitting.sort().join(', ')} can`;
  const no = (text: string): Check => ({ name: 'storage', ok: false, text, ...(hint !== undefined && { hint }) });
  if (row === undefined) return no(`${node} has no storage ${storage}, or the account that acts does not see it`);
  if (row.content?.includes(content) !== true) return no(`${storage} takes no ${WORDS[content] ?? content}`);
  if (row.enabled === false) return no(`${storage} is disabled, or not for ${node}`);
  if (row.active === false) return no(`${storage} is not active on ${node}`);
  if (row.avail !== undefined && row.avail <= 0) return no(`${storage} is full`);
  const room = row.avail === undefined ? '' : `, with ${gib(row.avail)} free`;
  return { name: 'storage', ok: true, text: `${storage} is active on ${node}${room}` };
}

const WORDS: Readonly<Record<string, string>> = {
  backup: 'backups',
  images: 'disks of virtual machines',
  rootdir: 'disks of containers',
};

function isUsable({ enabled, active }: PveNodeStorage): boolean {
  return enabled !== false && active !== false;
}

/** Compressed, thin or sparse, it may need less: nobody knows before. */
export function roomRisks(all: readonly PveNodeStorage[], storage: string, bytes: number): Risk[] {
  const avail = all.find((one) => one.storage === storage)?.avail;
  if (avail === undefined || avail >= bytes) return [];
  return [{ kind: 'room', text: `it may not fit: its disks are ${gib(bytes)}, ${storage} has ${gib(avail)} free` }];
}

function gib(bytes: number): string {
  return `${Number((bytes / GIB).toFixed(1))} GiB`;
}
