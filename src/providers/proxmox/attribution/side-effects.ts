import type { Patch, PatchEntry, Value } from '../../../types/document.ts';
import { asLikely, type Explanation } from '../../explanation.ts';
import { isExplained, isSameActor } from './explanation.ts';
import { rootOf } from './line-verdict.ts';

const UNUSED = /^unused\d+\.file$/;
const VOLUME = /^(?:scsi|virtio|sata|ide|efidisk|tpmstate|rootfs|mp)\d*\.file$/;
const DEVICE = /^(?:(?:scsi|virtio|sata|ide|hostpci|usb)\d+\.[a-z]+|net\d+\.model)$/;

/** A volume that became unused left its drive, and one that is not unused any more was given to one. */
function causesOfUnused([, before, after]: PatchEntry, patch: Patch): PatchEntry[] {
  return patch.filter(([path, old, now]) => {
    if (!VOLUME.test(path)) return false;
    return after === null ? now === before : old === after && now !== after;
  });
}

function orderOf(patch: Patch, side: 1 | 2): string[] {
  const entry = patch.find(([path]) => path === 'boot.order');
  const order: Value | null = entry?.[side] ?? null;
  return typeof order === 'string' ? order.split(';').filter((name) => name !== '') : [];
}

/** The boot order loses the devices that went, and nothing else. */
function causesOfBoot(patch: Patch): PatchEntry[] {
  const [before, after] = [orderOf(patch, 1), orderOf(patch, 2)];
  const gone = patch.filter(([path, old, now]) => DEVICE.test(path) && old !== null && now === null);
  const causes = gone.filter(([path]) => before.includes(rootOf(path)));
  const left = before.filter((name) => !causes.some(([path]) => rootOf(path) === name));
  return left.join(';') === after.join(';') ? causes : [];
}

/**
 * What a server changes along with a drive that is attached, removed or moved: `unused0` appears or goes, and the boot order
 * loses it. Likely by whoever changed the drive, which is in the patch as well.
 * Source: qemu-server src/PVE/API2/Qemu.pm update_vm_api.
 */
export function explainSideEffect(
  entry: PatchEntry,
  patch: Patch,
  explain: (cause: PatchEntry) => Explanation | null,
): Explanation | null {
  const [path] = entry;
  const isBoot = rootOf(path) === 'boot';
  if (!isBoot && !UNUSED.test(path)) return null;
  const found = (isBoot ? causesOfBoot(patch) : causesOfUnused(entry, patch)).map(explain);
  const [first] = found;
  if (first === undefined || first === null || !isExplained(first)) return null;
  return found.every((one) => one !== null && isSameActor(one, first)) ? asLikely(first) : null;
}
