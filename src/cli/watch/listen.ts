import http from 'node:http';
import net from 'node:net';
import { isOwnHost } from '../../text/host-header.ts';
import { parseHostPort } from '../../text/host-port.ts';
import { isLoopback } from '../../text/loopback.ts';
import { AppError } from '../../types/errors.ts';
import type { Metrics } from './metrics.ts';

export interface ListenAddress {
  host: string;
  port: number;
}

export interface Health {
  /** Whether the main loop runs. */
  isAlive: () => boolean;
  /** Whether the roster is loaded and the database answered its last refresh. */
  isReady: () => boolean;
}

export interface Served {
  health: Health;
  metrics: Metrics;
  /** Host names that requests may use, besides the address that the server listens on. */
  names: readonly string[];
  /** Called once, for the first request for another host. */
  onOtherHost(header: string): void;
}

const HINT = 'write --listen 127.0.0.1:9469, or [::1]:9469';
const METHODS: readonly string[] = ['GET', 'HEAD'];
const HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' } as const;

/** Limits the resources of a client: a scrape has a few short headers and no body. */
const LIMITS = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 8192,
} as const;
const MOST_CONNECTIONS = 64;
const MOST_HEADERS = 64;
/** A client that neither reads nor sends for this long is disconnected. */
const IDLE_TIMEOUT_MS = 30_000;

/** Parses `HOST:PORT`. The host must be a loopback address unless others are allowed. Throws AppError('usage'). */
export function parseListen(text: string, isRemoteAllowed: boolean): ListenAddress {
  const address = parseHostPort(text);
  if (address === null) throw new AppError('usage', `'${text}' is not an address to listen on`, { hint: HINT });
  if (!isRemoteAllowed && !isLoopback(address.host)) {
    throw new AppError(
      'usage',
      `${address.host} can be reached by others, and what is served there asks for no password`,
      {
        hint: `${HINT}; add --allow-remote where only your own network can reach it`,
      },
    );
  }
  return address;
}

/** Serves /metrics, /healthz and /readyz until it is closed. Throws AppError('configuration') if the port is taken. */
export async function serveHealth(
  { host, port }: ListenAddress,
  served: Served,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = http.createServer(LIMITS, requestListener(host, served));
  server.maxConnections = MOST_CONNECTIONS;
  server.maxHeadersCount = MOST_HEADERS;
  server.timeout = IDLE_TIMEOUT_MS;
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

function requestListener(host: string, served: Served): http.RequestListener {
  const names = new Set([host, ...served.names].map((name) => name.toLowerCase()));
  let isOtherHostReported = false;
  return (request, response) => {
    const { host: header } = request.headers;
    const isOwn = isOwnHost(header, names);
    if (!isOwn && !isOtherHostReported) {
      isOtherHostReported = true;
      served.onOtherHost(header ?? '');
    }
    void (isOwn ? answer(request, served) : MISDIRECTED).then(({ status, type, body, headers }) => {
      response.writeHead(status, { 'Content-Type': type, ...HEADERS, ...headers });
      response.end(request.method === 'HEAD' ? undefined : body);
    });
  };
}

interface Answer {
  status: number;
  type: string;
  body: string;
  headers?: Readonly<Record<string, string>>;
}

const MISDIRECTED = Promise.resolve(plain(421, 'misdirected request\n'));

function plain(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, type: 'text/plain', body, headers };
}

async function answer({ url = '/', method = '' }: http.IncomingMessage, { health, metrics }: Served): Promise<Answer> {
  if (!METHODS.includes(method)) return plain(405, 'method not allowed\n', { Allow: METHODS.join(', ') });
  const path = url.split('?')[0];
  if (path === '/metrics') return renderMetrics(metrics);
  const state = path === '/healthz' ? health.isAlive() : path === '/readyz' ? health.isReady() : null;
  if (state === null) return plain(404, 'not found\n');
  return state ? plain(200, 'ok\n') : plain(503, 'not ok\n');
}

async function renderMetrics(metrics: Metrics): Promise<Answer> {
  try {
    return { status: 200, type: metrics.contentType, body: await metrics.render() };
  } catch {
    return plain(500, 'the metrics could not be collected\n');
  }
}
