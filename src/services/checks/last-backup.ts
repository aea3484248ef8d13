import type { GuestRow } from '../../types/inventory.ts';

/** Time of the last backup that the inventory knows of; null: there is none; `unknown`: it does not hold backups. */
export type LastBackup = { at: Date } | null | 'unknown';

/** The one place that says when a guest was backed up last. */
export function lastBackupOf(_guest: GuestRow): LastBackup {
  return 'unknown';
}
