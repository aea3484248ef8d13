import { openProxmoxClient, type ProxmoxClient } from '../../src/api/proxmox-client.ts';
import type { TransportOptions } from '../../src/api/transport.ts';
import type { AppError } from '../../src/types/errors.ts';
import type { ReplayServer } from '../helpers/replay-server.ts';

export const TOKEN = {
  kind: 'token',
  tokenId: 'rollcall@pve!ro',
  secret: '6a1e07c2-5f0b-4f7e-9c0d-token00secret',
} as const;

/** A client of the server that trusts it, waits 1 ms before it repeats, and has short timeouts. */
export function clientOf(
  server: Pick<ReplayServer, 'url'> & { caPem?: string },
  options: Partial<TransportOptions> = {},
): ProxmoxClient {
  return openProxmoxClient({
    endpoints: [server.url],
    tls: server.caPem === undefined ? {} : { ca: server.caPem },
    credential: TOKEN,
    retryBaseMs: 1,
    ...options,
  });
}

/** The AppError that a call fails with. */
export async function failure(call: Promise<unknown>): Promise<AppError> {
  const result: unknown = await call.then(
    (value) => new Error(`it gave ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  return result as AppError;
}
