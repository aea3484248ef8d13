import type { Evidence } from '../../../types/evidence.ts';

/** In epoch milliseconds of the server's clock; `from` is -Infinity when nothing was seen before. */
export interface ServerWindow {
  from: number;
  to: number;
  /** When this run began to read: what happened from then on may show or not. */
  readFrom: number;
}

export function toServerWindow(
  window: { notBefore: Date | null; notAfter: Date },
  { clockSkewMs, startedAt = window.notAfter }: Pick<Evidence, 'clockSkewMs' | 'startedAt'>,
): ServerWindow {
  const from = window.notBefore === null ? Number.NEGATIVE_INFINITY : window.notBefore.getTime() + clockSkewMs;
  return { from, to: window.notAfter.getTime() + clockSkewMs, readFrom: startedAt.getTime() + clockSkewMs };
}
