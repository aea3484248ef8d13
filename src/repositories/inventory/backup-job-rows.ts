import type { BackupJob, BackupSelection } from '../../types/backup-job.ts';
import type { Reader } from '../db/reader.ts';
import { isBoolean, isNullOr, isShape, isText, isTexts } from '../db/stored-shape.ts';

const isSelection = isShape<BackupSelection>({
  isAll: isBoolean,
  guests: isTexts,
  exclude: isTexts,
  pool: isNullOr(isText),
  node: isNullOr(isText),
});

/** By provider; none of a provider whose jobs were never read. */
export async function listBackupJobs(reader: Reader): Promise<Map<string, BackupJob[]>> {
  const sql = 'SELECT "providerId", "jobId", "isEnabled", "selection" FROM "backup_jobs" ORDER BY "jobId"';
  const found = new Map<string, BackupJob[]>();
  await reader.list({ sql, noun: 'backup job', key: ['providerId', 'jobId'] }, (row) => {
    const providerId = row.text('providerId');
    const jobs = found.get(providerId) ?? [];
    found.set(providerId, jobs);
    const id = row.text('jobId');
    if (id !== '')
      jobs.push({ id, isEnabled: row.boolean('isEnabled'), selection: row.json('selection', isSelection) });
  });
  return found;
}
