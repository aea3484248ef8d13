import type { Provider } from '../../providers/provider.ts';
import type { InnerRepository } from '../../repositories/sync/inner-repository.ts';
import type { BackupTask, GuestBackup, InnerAnswer } from '../../types/inner-facts.ts';
import type { InnerPlan } from '../../types/inner-plan.ts';
import type { Observation } from '../../types/observation.ts';
import { GAP_MS, planInner } from './plan-inner.ts';

/** Systems are asked again after this time. */
const AGE_MS = 10 * 60_000;
const OS_AGE_MS = 24 * 3_600_000;
const CREDENTIAL_AGE_MS = 24 * 3_600_000;
/** Older ones are not worth a call: their logs are gone, or newer ones count. */
const BACKUPS_AGE_MS = 60 * 24 * 3_600_000;
/** Most tasks to choose from. */
const MAX_BACKUPS = 500;

export interface InnerDeps {
  provider: Pick<Provider, 'readInner'>;
  repository: Pick<InnerRepository, 'loadKnown' | 'listSpans' | 'apply' | 'currentAddresses'>;
  clock: () => Date;
  /** Milliseconds that it may take. */
  budgetMs: number;
}

/**
 * Asks the systems inside guests for their addresses and reads the logs of backups, once a run is stored, so that whatever happens
 * here changes nothing of it. Writes what was told until the time was over, and nothing if the run is interrupted.
 */
export async function askInner(
  { provider, repository, clock, budgetMs }: InnerDeps,
  providerId: string,
  seen: Observation,
  signal: AbortSignal,
): Promise<void> {
  if (provider.readInner === undefined) return;
  const now = clock();
  const known = await repository.loadKnown(providerId, {
    askedBefore: new Date(now.getTime() - AGE_MS),
    backupsSince: new Date(now.getTime() - BACKUPS_AGE_MS),
    now,
    maxBackups: MAX_BACKUPS,
  });
  const wantsBackupJobs = isOlder(known.backupJobsAt, now, AGE_MS);
  const wantsCredential = isOlder(known.credentialReadAt, now, CREDENTIAL_AGE_MS);
  if (known.guests.length + known.backups.length === 0 && !wantsBackupJobs && !wantsCredential) return;
  const answers: InnerAnswer[] = [];
  const backups: (readonly [BackupTask, readonly GuestBackup[]])[] = [];
  let backupJobs: InnerPlan['backupJobs'] = null;
  let credential: InnerPlan['credential'] = null;
  const guests = known.guests.map(({ osAt, ...guest }) => ({
    ...guest,
    wantsOs: isOlder(osAt, now, OS_AGE_MS),
  }));
  await provider.readInner({ guests, backups: known.backups, wantsBackupJobs, wantsCredential }, seen, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(budgetMs)]),
    onAnswer: (answer) => answers.push(answer),
    onBackups: (task, found) => backups.push([task, found]),
    onBackupJobs: (jobs) => (backupJobs = { jobs, readAt: clock() }),
    onCredential: (end) => (credential = { ...end, readAt: clock() }),
  });
  if (signal.aborted) return;
  const read = answers.flatMap(({ guestId, addresses }) => (addresses ? [guestId] : []));
  const spans = await repository.listSpans(read, new Date(now.getTime() - GAP_MS));
  await repository.apply(planInner({ providerId, answers, backups, backupJobs, credential, known: spans }), clock());
}

function isOlder(time: Date | null, now: Date, ageMs: number): boolean {
  return time === null || now.getTime() - time.getTime() > ageMs;
}
