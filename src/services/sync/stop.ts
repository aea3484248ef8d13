import { AppError } from '../../types/errors.ts';

/** Throws AppError('interrupted') when a run was told to stop; or why, when it lost its lease or took too long. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw whyAborted(signal);
}

/** What ended a run: why it was stopped, or else what was thrown. */
export function whyEnded(thrown: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted === true ? whyAborted(signal) : thrown;
}

function whyAborted({ reason }: AbortSignal): AppError {
  if (reason instanceof AppError) return reason;
  return new AppError('interrupted', 'the sync was interrupted; nothing of it was stored', {
    hint: 'run it again; it begins anew',
  });
}
