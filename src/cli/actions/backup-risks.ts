import type { Risk } from '../../types/action.ts';
import type { GuestRow } from '../../types/inventory.ts';
import { formatDuration } from '../output/format.ts';

/** What would be lost, by the last backup that the inventory knows. */
export function backupRisks({ lastBackup }: Pick<GuestRow, 'lastBackup'>, now: Date): Risk[] {
  if (lastBackup === null) return [{ kind: 'no-backup', text: 'no backup of it is known' }];
  const age = formatDuration(now.getTime() - lastBackup.at.getTime());
  return [{ kind: 'old-backup', text: `no backup since ${age}` }];
}
