import { WireFailure } from './wire-failure.ts';

/** Waits no longer than the time and the signal allow. Throws WireFailure('connect-timeout' or 'aborted'), and what it waits for throws. */
export async function within<T>(
  promise: Promise<T>,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<T> {
  let stop: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new WireFailure('aborted'));
    timer = setTimeout(() => reject(new WireFailure('connect-timeout')), timeoutMs);
  });
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}
