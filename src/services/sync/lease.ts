import type { SyncRepository } from '../../repositories/sync-repository.ts';
import { AppError } from '../../types/errors.ts';

const LEASE_TTL_MS = 60_000;
const RENEW_EVERY_MS = 20_000;

export type LeaseRepository = Pick<SyncRepository, 'acquireLease' | 'renewLease' | 'releaseLease'>;

interface LeaseOptions {
  repository: LeaseRepository;
  providerId: string;
  holder: string;
  isDead: (holder: string) => boolean;
  clock: () => Date;
  signal: AbortSignal | undefined;
}

/**
 * Does something while holding a provider's lease, which is renewed as long as it takes. The signal that `work` gets is
 * aborted when the caller's is, and when the lease was lost. Throws AppError('locked') when somebody else has it.
 */
export async function withLease<T>(options: LeaseOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { repository, providerId, holder, isDead, clock } = options;
  await repository.acquireLease(providerId, { holder, now: clock(), ttlMs: LEASE_TTL_MS, isDead });
  const lost = new AbortController();
  const renew = () => repository.renewLease(providerId, holder, new Date(clock().getTime() + LEASE_TTL_MS));
  const timer = setInterval(() => void renew().catch((error: unknown) => lost.abort(error)), RENEW_EVERY_MS);
  timer.unref();
  const signals = options.signal === undefined ? [lost.signal] : [options.signal, lost.signal];
  try {
    return await work(AbortSignal.any(signals));
  } catch (error) {
    if (lost.signal.aborted && lost.signal.reason instanceof AppError) throw lost.signal.reason;
    throw error;
  } finally {
    clearInterval(timer);
    await repository.releaseLease(providerId, holder);
  }
}
