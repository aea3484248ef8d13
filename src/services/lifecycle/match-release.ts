import type { GuestRow } from '../../types/inventory.ts';
import type { LifecycleBasis } from '../../types/lifecycle.ts';
import { matchConfigured } from './match-configured.ts';
import { matchImage } from './match-image.ts';
import { matchSystem } from './match-system.ts';
import type { ProductRelease } from './product.ts';

export type MatchableGuest = Pick<GuestRow, 'os' | 'osType' | 'isTemplate' | 'name' | 'document'>;

export interface ReleaseMatch extends ProductRelease {
  basis: LifecycleBasis;
}

/** A drive of a VM. */
const DRIVE_MEDIA = /^((?:ide|sata|scsi)\d{1,2})\.media$/;

/**
 * The release that a guest runs; null: nothing says so. Pure. Whoever knows best decides alone: what a system says of itself is not
 * completed by its configuration, nor its configuration by the name of an image.
 */
export function matchRelease(guest: MatchableGuest): ReleaseMatch | null {
  if (guest.os !== null) return on('agent', matchSystem(guest.os));
  const configured = guest.osType === null ? null : on('config', matchConfigured(guest.osType));
  return configured ?? on('image', matchImages(guest));
}

function on(basis: LifecycleBasis, found: ProductRelease | null): ReleaseMatch | null {
  return found && { ...found, basis };
}

/** The name of a template, and the images in its drives. Those that say something must say the same. */
function matchImages(guest: MatchableGuest): ProductRelease | null {
  const names = [...(guest.isTemplate && guest.name !== null ? [guest.name] : []), ...insertedImages(guest)];
  const found = names.flatMap((name) => matchImage(name, guest.osType) ?? []);
  const [first] = found;
  return first !== undefined && found.every(({ release }) => release === first.release) ? first : null;
}

function insertedImages({ document }: MatchableGuest): string[] {
  return Object.entries(document).flatMap(([path, value]) => {
    const [, drive] = value === 'cdrom' ? (DRIVE_MEDIA.exec(path) ?? []) : [];
    const file = drive === undefined ? undefined : document[`${drive}.file`];
    return typeof file === 'string' ? [file] : [];
  });
}
