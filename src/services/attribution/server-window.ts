import type { Evidence } from './evidence.ts';

/** In epoch milliseconds of the server's clock; `from` is -Infinity when nothing was seen before. */
export interface ServerWindow {
  from: number;
  to: number;
}

export function toServerWindow(
  window: { notBefore: Date | null; notAfter: Date },
  { clockSkewMs }: Pick<Evidence, 'clockSkewMs'>,
): ServerWindow {
  const from = window.notBefore === null ? Number.NEGATIVE_INFINITY : window.notBefore.getTime() + clockSkewMs;
  return { from, to: window.notAfter.getTime() + clockSkewMs };
}
