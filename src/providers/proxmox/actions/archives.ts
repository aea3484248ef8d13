import type { PveStorageContent } from '../../../api/pve-types.ts';
import { AppError } from '../../../types/errors.ts';
import { attempt } from '../../scope-reports.ts';
import { storageOf } from './guest-disks.ts';
import type { SceneReader } from './scene.ts';

/** A backup, as its storage lists it. */
export interface Archive {
  /** null: neither its name nor the storage tells. */
  kind: 'qemu' | 'lxc' | null;
  vmid: number | null;
  /** Epoch seconds; null: not told. */
  madeAt: number | null;
}

/** `store:backup/vzdump-qemu-100-2026_11_28-10_00_00.vma.zst`; of a Backup Server `pbs:backup/vm/100/2026-11-28T10:00:00Z`. */
const FILE = /(?:^|\/)vzdump-(qemu|lxc)-(\d{1,9})-/;
const GROUP = /^backup\/(vm|ct)\/(\d{1,9})\//;

/** null: the storage does not list it, or cannot be read. */
export async function findArchive(
  { acting, signal }: SceneReader,
  node: string,
  volid: string,
): Promise<Archive | null> {
  const rows = await attempt(acting.getStorageContent(node, storageOf(volid), { content: 'backup' }, { signal }));
  if (rows instanceof AppError) return null;
  const row = rows.find((one) => one.volid === volid);
  return row === undefined ? null : toArchive(row);
}

function toArchive({ volid, vmid, ctime }: PveStorageContent): Archive {
  const path = volid.slice(volid.indexOf(':') + 1);
  const [, word, digits] = FILE.exec(path) ?? GROUP.exec(path) ?? [];
  const kind = word === undefined ? null : word === 'qemu' || word === 'vm' ? 'qemu' : 'lxc';
  return { kind, vmid: vmid ?? (digits === undefined ? null : Number(digits)), madeAt: ctime ?? null };
}
