import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';

export interface Answer {
  status?: number;
  body?: unknown;
  text?: string;
  headers?: Record<string, string>;
}

export interface JsonServer {
  url: string;
  asked: { method: string; path: string; body: string; headers: IncomingMessage['headers'] }[];
  answer: (url: URL, body: URLSearchParams) => Answer;
}

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** On this machine; closed after the test file. */
export async function startJsonServer(): Promise<JsonServer> {
  const state: JsonServer = { url: '', asked: [], answer: () => ({ status: 404 }) };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      state.asked.push({ method, path: url, body, headers });
      const told = state.answer(new URL(url, state.url), new URLSearchParams(body));
      response.writeHead(told.status ?? 200, { 'Content-Type': 'application/json', ...told.headers });
      response.end(told.text ?? JSON.stringify(told.body ?? {}));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  servers.push(server);
  return state;
}
