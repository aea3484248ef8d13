import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WireBytes } from './mutate.ts';

export interface MutatedServer {
  url: string;
  close(): Promise<void>;
}

/** A server over plain HTTP that sends what it is given for each request, byte for byte. */
export async function startMutatedServer(answer: (path: string) => WireBytes): Promise<MutatedServer> {
  const server = createServer((request, response) => {
    const { status, reason, body } = answer((request.url ?? '/').replace('/api2/json', ''));
    const isEmpty = status === 204 || status === 304;
    response.writeHead(status, Buffer.from(reason, 'utf8').toString('latin1'), {
      'Content-Type': 'application/json;charset=UTF-8',
      ...(!isEmpty && { 'Content-Length': body.length }),
    });
    response.end(isEmpty ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
