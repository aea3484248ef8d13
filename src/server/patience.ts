/** How long the server waits for its clients. */
export interface Patience {
  /** A request that has not come whole after this time is ended. */
  requestMs: number;
  /** A connection on which nothing moves for so long is ended: its client does not read. Longer than any answer takes to be made. */
  idleMs: number;
  /** How often it is looked for requests that take too long. */
  checkMs: number;
}

export const PATIENCE: Patience = { requestMs: 15_000, idleMs: 300_000, checkMs: 5000 };

/** Settings of Node's server, beside those of fastify: it takes the longer time for the whole request, and fastify sets one of them. */
export function nodeTimeouts({ requestMs, checkMs }: Patience) {
  return { connectionsCheckingInterval: checkMs, headersTimeout: requestMs };
}
