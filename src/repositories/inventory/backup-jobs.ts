import type { BackupJob, BackupSelection } from '../../types/backup-job.ts';
import type { Guest } from '../../types/guest.ts';
import { isArrayOf, isBoolean, isNullOr, isShape, isText, isTexts } from '../db/stored-shape.ts';

export const isBackupJobs = isArrayOf(
  isShape<BackupJob>({
    id: isText,
    isEnabled: isBoolean,
    selection: isShape<BackupSelection>({
      isAll: isBoolean,
      guests: isTexts,
      exclude: isTexts,
      pool: isNullOr(isText),
      node: isNullOr(isText),
    }),
  }),
);

type Place = Pick<Guest, 'nativeId' | 'pool' | 'node' | 'presence'>;

/** Ids of the enabled jobs that mean a guest, where it is now; null: not known. */
export function jobsIncluding(jobs: readonly BackupJob[] | null, guest: Place): readonly string[] | null {
  if (jobs === null || guest.presence === 'gone') return null;
  return jobs.filter(({ isEnabled, selection }) => isEnabled && includes(selection, guest)).map(({ id }) => id);
}

/** Source: pve-manager PVE/VZDump.pm get_included_guests: a pool comes before a list of guests, which comes before all. */
function includes({ isAll, guests, exclude, pool, node }: BackupSelection, guest: Place): boolean {
  if (node !== null && node !== guest.node) return false;
  if (pool !== null) return guest.pool === pool;
  if (guests.length > 0) return guests.includes(guest.nativeId);
  return isAll && !exclude.includes(guest.nativeId);
}
