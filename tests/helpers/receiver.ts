import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';

export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** It was answered with success, and the answer was handed over. */
  isTaken: boolean;
  readonly json: unknown;
}

/** How it treats a request: a status, or a function that may leave it without an answer. */
export type Behaviour = number | ((response: ServerResponse) => void);

export interface Receiver {
  url: string;
  received: Received[];
  /** For the next requests, in order; then 200. */
  behave(...behaviours: readonly Behaviour[]): void;
  /** Forgets how it was to behave. */
  calm(): void;
  close(): Promise<void>;
}

const open: Receiver[] = [];
afterAll(async () => {
  for (const receiver of open.splice(0)) await receiver.close();
});

/** A receiver of webhooks on a real port of this machine. */
export async function startReceiver(port = 0): Promise<Receiver> {
  const received: Received[] = [];
  const behaviours: Behaviour[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8');
    });
    request.on('error', () => undefined);
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const one: Received = {
        method,
        path,
        headers,
        body,
        isTaken: false,
        get json(): unknown {
          return JSON.parse(body);
        },
      };
      received.push(one);
      response.on('finish', () => {
        one.isTaken = response.statusCode < 300;
      });
      const behaviour = behaviours.shift() ?? 200;
      if (typeof behaviour === 'number') response.writeHead(behaviour).end('answer');
      else behaviour(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    behave: (...more) => {
      behaviours.push(...more);
    },
    calm: () => {
      behaviours.splice(0);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  open.push(receiver);
  return receiver;
}
