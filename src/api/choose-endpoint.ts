import type { EndpointReport } from '../types/endpoint.ts';
import { isProven, isReady } from './endpoint-state.ts';

/** One that failed so lately is not worth another try in the same call. */
const RECENT_MS = 30_000;

export interface EndpointChoice {
  /** The node that the call is about. */
  node: string | undefined;
  /** Addresses that this call has failed on. */
  tried: ReadonlySet<string>;
  now: Date;
}

/**
 * Where a call goes: to the node's own address; else to the first configured one, then to a learnt one that has answered
 * before, then to any. While all wait after failures: to the one whose time comes first, so that a call never fails untried.
 * null: nothing is left to try.
 */
export function chooseEndpoint(
  endpoints: readonly EndpointReport[],
  { node, tried, now }: EndpointChoice,
): EndpointReport | null {
  const untried = endpoints.filter(({ url }) => !tried.has(url));
  const ready = untried.filter((endpoint) => isReady(endpoint, now));
  const [best] = ready.sort((one, other) => rank(one, node) - rank(other, node));
  if (best) return best;
  const [first] = untried
    .filter((endpoint) => endpoint.isConfigured || endpoint.lastOkAt !== null)
    .filter(({ lastFailedAt }) => tried.size === 0 || now.getTime() - (lastFailedAt?.getTime() ?? 0) >= RECENT_MS)
    .sort((one, other) => (one.retryAt?.getTime() ?? 0) - (other.retryAt?.getTime() ?? 0));
  return first ?? null;
}

function rank(endpoint: EndpointReport, node: string | undefined): number {
  if (!isProven(endpoint)) return 3;
  if (node !== undefined && endpoint.node === node) return 0;
  return endpoint.isConfigured ? 1 : 2;
}
