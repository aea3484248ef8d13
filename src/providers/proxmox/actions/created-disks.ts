import type { ActionSubject, Parameters } from '../../../types/action.ts';
import { splitPropertyString } from '../property-string.ts';

/** A disk that a creation has the server make. */
export interface CreatedDisk {
  key: string;
  storage: string;
  /** Of an empty one; null: it gets the size of its source. */
  bytes: number | null;
  /** The volume that it is copied from; null: it is empty. */
  source: string | null;
}

/** A file that a creation reads, and what it may be. */
export interface ReadVolume {
  volid: string;
  storage: string;
  contents: readonly string[];
}

const DISK = /^(?:(?:ide|sata|scsi|virtio|mp)\d{1,3}|efidisk0|tpmstate0|rootfs)$/;
/** `local-lvm:32` is 32 GiB. Source: API schema of `scsi[n]` and `rootfs`. */
const ALLOCATED = /^([A-Za-z][\w.-]*):(\d{1,7}(?:\.\d{1,3})?)$/;

export function createdDisks(kind: ActionSubject['kind'], parameters: Parameters): CreatedDisk[] {
  return entriesOf(kind, parameters).flatMap(({ key, file, parts }): CreatedDisk[] => {
    const [, storage, gib] = ALLOCATED.exec(file) ?? [];
    if (storage === undefined) return [];
    const source = parts.get('import-from') ?? null;
    // The root disk of a container is made of its template, and has the size that is asked for.
    return [{ key, storage, bytes: source === null ? Number(gib) * 1024 ** 3 : null, source }];
  });
}

/** The installation medium, image and template. */
export function volumesOf(kind: ActionSubject['kind'], parameters: Parameters): ReadVolume[] {
  const template = parameters['ostemplate'];
  const named = entriesOf(kind, parameters).flatMap(({ file, parts }) => [
    ...(parts.get('media') === 'cdrom' && file !== 'none' ? [{ volid: file, contents: ['iso'] }] : []),
    ...(parts.has('import-from')
      ? [{ volid: parts.get('import-from') ?? '', contents: ['import', 'images', 'iso'] }]
      : []),
  ]);
  const all = [...named, ...(template === undefined ? [] : [{ volid: template, contents: ['vztmpl'] }])];
  return all.map((one) => ({ ...one, storage: one.volid.slice(0, Math.max(0, one.volid.indexOf(':'))) }));
}

function entriesOf(kind: ActionSubject['kind'], parameters: Parameters) {
  const main = kind === 'qemu' ? 'file' : 'volume';
  return Object.entries(parameters)
    .filter(([key]) => DISK.test(key))
    .flatMap(([key, value]) => {
      const parts = splitPropertyString(value, main);
      return parts === null ? [] : [{ key, file: parts.get(main) ?? '', parts }];
    });
}
