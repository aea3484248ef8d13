import type { PveTaskLogLine } from '../../api/pve-types.ts';

const TOLD = /\bclone of (?:VM|CT) \d+ with ID (\d{1,9})\b/;
/** `Formatting '/var/lib/vz/images/110/vm-110-disk-0.qcow2'`, `Logical volume "vm-110-disk-0" created.` */
const VOLUME = /\b(?:vm|subvol|base)-(\d{1,9})-(?:disk|cloudinit)/g;

/**
 * The vmid of the guest that a clone makes, by the first lines of its log: `creating a clone of VM 101 with ID 151` since 9.x,
 * and before that the first volume that is not the source's (seen on 8.4). Null when they do not tell.
 */
export function cloneTarget(lines: readonly PveTaskLogLine[], source: string): number | null {
  const texts = lines.map(({ t }) => t);
  const told = texts.flatMap((text) => TOLD.exec(text)?.[1] ?? [])[0];
  if (told !== undefined) return Number(told);
  const vmids = new Set(texts.flatMap((text) => Array.from(text.matchAll(VOLUME), ([, vmid]) => vmid)));
  const [target, ...others] = [...vmids].filter((vmid) => vmid !== source);
  return target === undefined || others.length > 0 ? null : Number(target);
}
