import type { Risk } from '../../types/action.ts';
import type { GuestRow } from '../../types/inventory.ts';
import { formatDuration } from '../output/format.ts';

const RECENT_MS = 3_600_000;

/** What would be lost, by the last backup that the inventory knows. */
export function backupRisks({ lastBackup }: Pick<GuestRow, 'lastBackup'>, now: Date): Risk[] {
  if (lastBackup === null) return [{ kind: 'no-backup', text: 'no backup of it is known' }];
  const ageMs = now.getTime() - lastBackup.at.getTime();
  return ageMs < RECENT_MS ? [] : [{ kind: 'old-backup', text: `no backup since ${formatDuration(ageMs)}` }];
}
