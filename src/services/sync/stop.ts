import { AppError } from '../../types/errors.ts';

/** Throws AppError('interrupted') when a run was told to stop, or why it lost its lease. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  // A lease that was lost aborts a run with its reason.
  if (signal.reason instanceof AppError) throw signal.reason;
  throw new AppError('interrupted', 'the sync was interrupted; nothing of it was stored', {
    hint: 'run it again; it begins anew',
  });
}
