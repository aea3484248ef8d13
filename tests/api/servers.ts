import type { AddressInfo, Server } from 'node:net';
import { afterEach } from '@jest/globals';
import type { ProxmoxClient } from '../../src/api/proxmox-client.ts';
import type { TransportOptions } from '../../src/api/transport.ts';
import { type ReplayAnswers, startReplay } from '../helpers/replay-server.ts';
import { clientOf } from './open-client.ts';

/** Closed after each test, the last one first. */
export const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

export function open(server: { url: string; caPem?: string }, options?: Partial<TransportOptions>): ProxmoxClient {
  const client = clientOf(server, options);
  closers.push(() => client.close());
  return client;
}

export async function replay(answers: ReplayAnswers, options?: Parameters<typeof startReplay>[1]) {
  const server = await startReplay(answers, options);
  closers.push(() => server.close());
  return server;
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}
