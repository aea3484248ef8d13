import type { Lease } from '../../repositories/providers/provider-lease.ts';
import type { SyncRepository } from '../../repositories/sync/sync-repository.ts';
import { AppError } from '../../types/errors.ts';

const LEASE_TTL_MS = 30_000;
const RENEW_EVERY_MS = 10_000;

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
 * Runs `work` while holding a provider's lease, and renews the lease until it ends. The signal for `work` aborts when the
 * caller's signal does, or when the lease is lost. A commit must name the lease that `work` gets. Throws AppError('locked')
 * if another process has the lease.
 */
export async function withLease<T>(
  options: LeaseOptions,
  work: (signal: AbortSignal, lease: Lease) => Promise<T>,
): Promise<T> {
  const { repository, providerId, holder, isDead, clock } = options;
  const lease = await repository.acquireLease(providerId, { holder, now: clock(), ttlMs: LEASE_TTL_MS, isDead });
  const lost = new AbortController();
  const stop = keepLease(options, lease, (reason) => lost.abort(reason));
  const signals = options.signal === undefined ? [lost.signal] : [options.signal, lost.signal];
  try {
    return await work(AbortSignal.any(signals), lease);
  } catch (error) {
    if (lost.signal.aborted && lost.signal.reason instanceof AppError) throw lost.signal.reason;
    throw error;
  } finally {
    stop();
    // A lease that cannot be released expires by itself; the result of the work stays valid.
    await repository.releaseLease(providerId, lease).catch(() => undefined);
  }
}

/** Renews the lease until stopped. A short outage of the database does no harm: the token decides at the commit. */
function keepLease(
  { repository, providerId, clock }: LeaseOptions,
  lease: Lease,
  onLost: (reason: unknown) => void,
): () => void {
  let failures = 0;
  const renew = async (): Promise<void> => {
    try {
      await repository.renewLease(providerId, lease, { now: clock(), ttlMs: LEASE_TTL_MS });
      failures = 0;
    } catch (error) {
      failures += 1;
      const isOver = error instanceof AppError && !(error.code === 'database' && error.retryable);
      if (isOver || failures * RENEW_EVERY_MS >= LEASE_TTL_MS) onLost(error);
    }
  };
  const timer = setInterval(() => void renew(), RENEW_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
