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
 * Does something while holding a provider's lease, which is renewed as long as it takes. The signal that `work` gets is
 * aborted when the caller's is, and when the lease was lost; the lease that it gets is what a commit has to name. Throws
 * AppError('locked') when somebody else has it.
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
    // A lease that cannot be given back runs out by itself; what the work did stays done.
    await repository.releaseLease(providerId, lease).catch(() => undefined);
  }
}

/** Renews until it is told to stop. A database that is away for a moment costs nothing, as the token decides in the end. */
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
