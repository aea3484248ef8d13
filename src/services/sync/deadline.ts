import { AppError } from '../../types/errors.ts';
import { MAX_TIMER_MS } from '../../types/limits.ts';

/**
 * Runs `run` with a signal that aborts when the caller's signal does, or when the time is up. The abort reason is then an
 * AppError('timeout').
 */
export async function withDeadline<T>(
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const error = new AppError('timeout', `the run took longer than its deadline of ${timeoutMs / 1000} s`, {
    hint: 'Allow more time with --timeout, or find out with `rollcall providers test` what is slow',
  });
  const timer = setTimeout(() => deadline.abort(error), Math.min(timeoutMs, MAX_TIMER_MS));
  try {
    return await run(AbortSignal.any([signal, deadline.signal]));
  } finally {
    clearTimeout(timer);
  }
}
