import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.ts';
import type { Cluster } from './cluster.ts';
import type { ApiRequest } from './dispatch.ts';
import { credentialsOf, readRequest } from './read-request.ts';
import { type LabWrite, writeOf } from './writes.ts';

/** A request as it was read, or what is wrong with it; whatever is not GET is written down. */
export interface Taken {
  request: ApiRequest | ApiError;
  write: LabWrite | null;
}

export async function takeIn(
  { cluster, writes }: { cluster: Cluster; writes: LabWrite[] },
  incoming: IncomingMessage,
  listener: string,
): Promise<Taken> {
  const request = await readRequest(incoming).catch((error: unknown) => {
    if (error instanceof ApiError) return error;
    throw error;
  });
  if (incoming.method === 'GET') return { request, write: null };
  const write = writeOf(request instanceof ApiError ? unread(incoming) : request, listener, cluster.nowMs());
  writes.push(write);
  return { request, write };
}

function unread(incoming: IncomingMessage): ApiRequest {
  const path = (incoming.url ?? '/').replace(/^\/api2\/json/, '').replace(/\?.*$/, '');
  const credentials = credentialsOf(incoming);
  return { method: incoming.method ?? '', path, parameters: {}, repeated: new Set(), credentials };
}
