import { AppError } from '../types/errors.ts';
import type { Db } from './connection.ts';

export interface LeaseRequest {
  holder: string;
  now: Date;
  ttlMs: number;
  /** Whether a holder is known not to be there any more: then its lease is taken over before it runs out. */
  isDead?: (holder: string) => boolean;
}

/** Takes the lease unless somebody else has it; one that has run out is taken over. Throws AppError `locked`. */
export async function acquireLease(db: Db, providerId: string, request: LeaseRequest): Promise<void> {
  if (await takeLease(db, providerId, request, [])) return;
  const provider = await db.provider.findUnique({ where: { id: providerId } });
  const other = provider?.leaseHolder ?? null;
  if (other !== null && request.isDead?.(other) && (await takeLease(db, providerId, request, [other]))) return;
  throw await refusal(db, providerId);
}

/** One conditional UPDATE: of two processes at once, one finds the condition false. */
async function takeLease(
  db: Db,
  providerId: string,
  { holder, now, ttlMs }: LeaseRequest,
  dead: readonly string[],
): Promise<boolean> {
  const { count } = await db.provider.updateMany({
    where: {
      id: providerId,
      OR: [
        { leaseHolder: null },
        { leaseHolder: { in: [holder, ...dead] } },
        { leaseUntil: null },
        { leaseUntil: { lt: now } },
      ],
    },
    data: { leaseHolder: holder, leaseSince: now, leaseUntil: new Date(now.getTime() + ttlMs) },
  });
  return count > 0;
}

/** Throws AppError `locked` when the lease ran out and somebody else took it. */
export async function renewLease(db: Db, providerId: string, holder: string, until: Date): Promise<void> {
  const { count } = await db.provider.updateMany({
    where: { id: providerId, leaseHolder: holder },
    data: { leaseUntil: until },
  });
  if (count === 0) throw await refusal(db, providerId);
}

/** Does nothing when somebody else has it by now. */
export async function releaseLease(db: Db, providerId: string, holder: string): Promise<void> {
  await db.provider.updateMany({
    where: { id: providerId, leaseHolder: holder },
    data: { leaseHolder: null, leaseSince: null, leaseUntil: null },
  });
}

async function refusal(db: Db, providerId: string): Promise<AppError> {
  const provider = await db.provider.findUnique({ where: { id: providerId } });
  if (!provider) return new AppError('not-found', `There is no provider ${providerId} in the database`);
  const { name, leaseHolder, leaseSince, leaseUntil } = provider;
  if (leaseHolder === null) {
    return new AppError('locked', `The run of provider ${name} has lost its lease`, {
      hint: 'Run the command again.',
      retryable: true,
    });
  }
  const since = leaseSince ? ` since ${leaseSince.toISOString()}` : '';
  const until = leaseUntil
    ? ` Should that process be gone, the next run may begin at ${leaseUntil.toISOString()}.`
    : '';
  return new AppError('locked', `Provider ${name} is being synced by ${leaseHolder}${since}`, {
    hint: `Wait until it has finished.${until}`,
    retryable: true,
  });
}
