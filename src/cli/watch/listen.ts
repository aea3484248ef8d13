import http from 'node:http';
import net from 'node:net';
import { AppError } from '../../types/errors.ts';
import type { Metrics } from './metrics.ts';

export interface ListenAddress {
  host: string;
  port: number;
}

/** Answers `null` for a path that there is not. */
export interface Health {
  /** The loop goes round. */
  isAlive: () => boolean;
  /** The providers were looked at, and the database answered at the last look. */
  isReady: () => boolean;
}

const HINT = 'write --listen 127.0.0.1:9469, or [::1]:9469';

/** `HOST:PORT` of a loopback address, unless others are allowed. Throws AppError('usage'). */
export function parseListen(text: string, isRemoteAllowed: boolean): ListenAddress {
  const [, bracketed, plain, digits = ''] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535)
    throw new AppError('usage', `'${text}' is not an address to listen on`, { hint: HINT });
  if (!isRemoteAllowed && !isLoopback(host)) {
    throw new AppError('usage', `${host} can be reached by others, and what is served there asks for no password`, {
      hint: `${HINT}; add --allow-remote where only your own network can reach it`,
    });
  }
  return { host, port };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (net.isIPv4(host) && host.startsWith('127.'));
}

/** Serves /metrics, /healthz and /readyz until it is closed. Throws AppError('configuration') when the port is taken. */
export async function serveHealth(
  { host, port }: ListenAddress,
  { health, metrics }: { health: Health; metrics: Metrics },
): Promise<{ url: string; close(): Promise<void> }> {
  const server = http.createServer((request, response) => {
    void answer(request.url ?? '/', { health, metrics }).then(({ status, type, body }) => {
      response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : body);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const words = `${host}:${port} cannot be listened on: ${error.message}`;
      reject(new AppError('configuration', words, { hint: 'Choose another port with --listen.' }));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const used = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${net.isIPv6(host) ? `[${host}]` : host}:${used}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  url: string,
  { health, metrics }: { health: Health; metrics: Metrics },
): Promise<{ status: number; type: string; body: string }> {
  const path = url.split('?')[0];
  if (path === '/metrics') return { status: 200, type: metrics.contentType, body: await metrics.render() };
  const state = path === '/healthz' ? health.isAlive() : path === '/readyz' ? health.isReady() : null;
  if (state === null) return { status: 404, type: 'text/plain', body: 'not found\n' };
  return { status: state ? 200 : 503, type: 'text/plain', body: state ? 'ok\n' : 'not ok\n' };
}
