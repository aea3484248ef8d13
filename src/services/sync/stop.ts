import { AppError } from '../../types/errors.ts';

/** Throws AppError('interrupted') if the run was told to stop, or the reason if it lost its lease or took too long. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw whyAborted(signal);
}

/** The error that ended a run: the reason of the stop, otherwise the error that was thrown. */
export function whyEnded(thrown: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted === true ? whyAborted(signal) : thrown;
}

function whyAborted({ reason }: AbortSignal): AppError {
  if (reason instanceof AppError) return reason;
  return new AppError('interrupted', 'the sync was interrupted; nothing of it was stored', {
    hint: 'run it again; it begins anew',
  });
}
