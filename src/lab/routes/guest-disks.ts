import type { GuestKind } from '../model.ts';

/** Disks that a VM can have, or volumes of a container, as the schema enumerates them. */
export function diskWords(kind: GuestKind, withUnused = false): string {
  const words =
    kind === 'qemu'
      ? [
          ...numbered('ide', 4),
          ...numbered('scsi', 31),
          ...numbered('virtio', 16),
          ...numbered('sata', 6),
          'efidisk0',
          'tpmstate0',
        ]
      : ['rootfs', ...numbered('mp', 256)];
  return [...words, ...(withUnused ? numbered('unused', 256) : [])].join('|');
}

function numbered(word: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${word}${index}`);
}
